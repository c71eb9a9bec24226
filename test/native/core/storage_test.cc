#include "core/storage.h"

#include <limits>

#include "check.h"
#include "core/code_books.h"
#include "core/nf4_layout.h"

namespace {

using namespace xling;

TEST("storage: every name is read back, another is refused with all there are") {
  for (int32_t i = 0; i < storage_count; ++i)
    CHECK_EQ(static_cast<int32_t>(parse_storage(name_of(static_cast<Storage>(i)), "test")), i);
  CHECK_THROWS(ErrorCode::invalid_argument, "w: there is no storage 'Q8_0'; there are 'f32', 'bf16'", parse_storage("Q8_0", "w"));
  CHECK_THROWS(ErrorCode::invalid_argument, "'q5_k', 'q6_k'", parse_storage("", "w"));
  CHECK_EQ(std::string(name_of(static_cast<Storage>(13))), std::string("unknown storage"));
  CHECK_EQ(std::string(name_of(static_cast<Storage>(-1))), std::string("unknown storage"));
}

// GGUF's sizes of 256 elements, in bytes; of nf4, codes and absmax (nf4d's are below).
TEST("storage: bytes of a matrix are the format's") {
  const std::pair<Storage, size_t> of_256[] = {
      {Storage::f32, 1024}, {Storage::bf16, 512}, {Storage::f16, 512},  {Storage::nf4, 144},  {Storage::q8_0, 272}, {Storage::q4_0, 144},
      {Storage::q4_1, 160}, {Storage::q5_0, 176}, {Storage::q5_1, 192}, {Storage::q4_k, 144}, {Storage::q5_k, 176}, {Storage::q6_k, 210},
  };
  for (const auto& [storage, bytes] : of_256) {
    CHECK_EQ(storage_bytes(storage, 1, 256), bytes);
    CHECK_EQ(storage_bytes(storage, 7, 512), 14 * bytes);
    CHECK_EQ(storage_bytes(storage, 0, 256), size_t{0});
    CHECK_EQ(storage_bytes(storage, 3, 0), size_t{0});
    CHECK_EQ(256 % elements_per_block(storage), int64_t{0});
  }
}

TEST("storage: nf4d keeps codes, padded absmax codes, group scales and the offset, in this order") {
  const Nf4Layout layout = nf4_layout(Storage::nf4d, 257, 64);
  CHECK_EQ(layout.blocks, int64_t{257});
  CHECK_EQ(layout.groups, int64_t{2});
  CHECK_EQ(layout.absmax, size_t{257 * 32});
  CHECK_EQ(layout.group_absmax, layout.absmax + 260);
  CHECK_EQ(layout.offset, layout.group_absmax + 8);
  CHECK_EQ(layout.bytes, layout.offset + 4);
  CHECK_EQ(storage_bytes(Storage::nf4d, 257, 64), layout.bytes);
  CHECK_EQ(storage_bytes(Storage::nf4d, 0, 64), size_t{4});
}

TEST("storage: what cannot be is refused and named") {
  CHECK_THROWS(ErrorCode::invalid_shape, "nf4 has blocks of 64 but a row has 72 columns; use a multiple of 64",
               storage_bytes(Storage::nf4, 1, 72));
  CHECK_THROWS(ErrorCode::invalid_shape, "q6_k has blocks of 256 but a row has 128", storage_bytes(Storage::q6_k, 1, 128));
  CHECK_THROWS(ErrorCode::invalid_shape, "cannot be [-1, 32]", storage_bytes(Storage::q8_0, -1, 32));
  CHECK_THROWS(ErrorCode::invalid_shape, "cannot be [1, -32]", storage_bytes(Storage::q8_0, 1, -32));
  const int64_t huge = int64_t{1} << 40;
  for (int32_t i = 0; i < storage_count; ++i)
    CHECK_THROWS(ErrorCode::invalid_shape, "overflows", storage_bytes(static_cast<Storage>(i), huge, huge));
  CHECK_THROWS(ErrorCode::invalid_argument, "no storage number 13", storage_bytes(static_cast<Storage>(13), 1, 1));
  CHECK_THROWS(ErrorCode::invalid_argument, "no storage number 13", elements_per_block(static_cast<Storage>(13)));
  CHECK_THROWS(ErrorCode::invalid_argument, "no storage number -1", bytes_per_block(static_cast<Storage>(-1)));
}

TEST("storage: the code books ascend") {
  for (size_t i = 1; i < 16; ++i) CHECK(nf4_code[i - 1] < nf4_code[i]);
  for (size_t i = 1; i < 256; ++i) CHECK(dynamic_code()[i - 1] < dynamic_code()[i]);
  CHECK_EQ(dynamic_code()[127], 0.0f);
}

}  // namespace
