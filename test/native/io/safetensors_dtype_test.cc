#include "io/safetensors_dtype.h"

#include "check.h"

namespace {

using namespace xling;

struct Known {
  const char* name;
  uint64_t bits;
};

// As Python's safetensors 0.8.0 takes and sizes them.
constexpr Known known[] = {
    {"BOOL", 8},        {"U8", 8},      {"I8", 8},      {"U16", 16},    {"I16", 16},    {"U32", 32},
    {"I32", 32},        {"U64", 64},    {"I64", 64},    {"F16", 16},    {"BF16", 16},   {"F32", 32},
    {"F64", 64},        {"C64", 64},    {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
    {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4},
};

TEST("safetensors dtypes: each by its name, of its size") {
  std::string all;
  for (const auto& [name, bits] : known) {
    const auto dtype = parse_safetensors_dtype(name);
    CHECK(dtype.has_value());
    CHECK_EQ(std::string(name_of(*dtype)), std::string(name));
    CHECK(dense_bits(*dtype, {}) == bits);
    all += (all.empty() ? "" : " ") + std::string(name);
  }
  CHECK_EQ(safetensors_dtype_names(), all);
  for (const char* other : {"", "f32", "F3", "F322", "F32 ", "F128", "Q4"}) CHECK(!parse_safetensors_dtype(other));
}

TEST("safetensors dtypes: a tensor's bits, of any rank, and nothing where they overflow") {
  const auto f32 = SafetensorsDtype::f32;
  CHECK(dense_bits(f32, {3, 5}) == uint64_t{480});
  CHECK(dense_bits(f32, std::vector<int64_t>(1000, 1)) == uint64_t{32});
  CHECK(dense_bits(f32, {7, 0, 3}) == uint64_t{0});
}

TEST("safetensors dtypes: dimensions that overflow do so whichever stands first, and behind a zero too") {
  const int64_t large = int64_t{1} << 40;
  for (const auto& shape : {std::vector<int64_t>{large, large}, {0, large, large}, {large, 0, large}, {large, large, 0}})
    CHECK(!dense_bits(SafetensorsDtype::u8, shape));
  CHECK(dense_bits(SafetensorsDtype::u8, {(int64_t{1} << 61) - 1}) == UINT64_MAX - 7);
  CHECK(!dense_bits(SafetensorsDtype::u8, {int64_t{1} << 61}));
}

TEST("safetensors dtypes: three are storages of the engine") {
  size_t read = 0;
  for (const auto& [name, bits] : known) read += storage_of(*parse_safetensors_dtype(name)).has_value();
  CHECK_EQ(read, size_t{3});
  CHECK(storage_of(SafetensorsDtype::f32) == Storage::f32);
  CHECK(storage_of(SafetensorsDtype::bf16) == Storage::bf16);
  CHECK(storage_of(SafetensorsDtype::f16) == Storage::f16);
}

}  // namespace
