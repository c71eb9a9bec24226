// What is done to a file's numbers before they fill a slot.
#include <cstring>

#include "check.h"
#include "models/slot_numbers.h"

namespace {

using namespace xling;

const void* bytes_of(const std::vector<float>& numbers) { return numbers.data(); }

std::vector<float> as_floats(const std::vector<uint8_t>& bytes) {
  std::vector<float> out(bytes.size() / sizeof(float));
  std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

TEST("slot_numbers: nothing to change gives nothing") {
  const std::vector<float> numbers{1, 2};
  CHECK(changed_numbers({"norm", {2}}, {Storage::f32, bytes_of(numbers)}, {}, "t").empty());
}

TEST("slot_numbers: pairs of a head's rows become its two halves") {
  // Two heads of four rows, one column each: the file's pairs are (0, 2) and (1, 3) of the slot.
  const std::vector<float> file{0, 2, 1, 3, 10, 12, 11, 13};
  const auto got = as_floats(changed_numbers({"layers.0.query", {8, 1}}, {Storage::f32, bytes_of(file)}, {2, 0}, "t"));
  CHECK(got == (std::vector<float>{0, 1, 2, 3, 10, 11, 12, 13}));
  const auto bias = as_floats(changed_numbers({"layers.0.query.bias", {8}}, {Storage::f32, bytes_of(file)}, {2, 0}, "t"));
  CHECK(bias == got);
}

TEST("slot_numbers: rows move whole, blocks and all") {
  // One head of six rows of 64 numbers of Q8_0, whose bytes say which row they are of.
  const size_t row = storage_bytes(Storage::q8_0, 1, 64);
  std::vector<uint8_t> file(6 * row);
  for (size_t i = 0; i < file.size(); ++i) file[i] = static_cast<uint8_t>(i / row);
  const auto got = changed_numbers({"layers.0.key", {6, 64}}, {Storage::q8_0, file.data()}, {1, 0}, "t");
  CHECK_EQ(got.size(), file.size());
  const uint8_t wanted[] = {0, 2, 4, 1, 3, 5};
  for (size_t i = 0; i < got.size(); ++i) CHECK_EQ(int(got[i]), int(wanted[i / row]));
}

TEST("slot_numbers: a vector is shifted") {
  const std::vector<float> file{1, 0.5f, -3};
  const auto got = as_floats(changed_numbers({"norm", {3}}, {Storage::f32, bytes_of(file)}, {0, -1}, "t"));
  CHECK(got == (std::vector<float>{0, -0.5f, -4}));
}

TEST("slot_numbers: what cannot be changed is refused, with its place") {
  const uint8_t bytes[64] = {};
  const auto refused = [&](ErrorCode code, const char* what, const Slot& slot, Storage storage, SlotChange change) {
    CHECK_THROWS(code, what, changed_numbers(slot, {storage, bytes}, change, "m.gguf: blk.0.x"));
  };
  refused(ErrorCode::unsupported_file, "m.gguf: blk.0.x is f16 but is read as F32 only", {"norm", {32}}, Storage::f16, {0, -1});
  refused(ErrorCode::unsupported_file, "m.gguf: blk.0.x is a vector of q8_0", {"layers.0.query.bias", {32}}, Storage::q8_0, {1, 0});
  refused(ErrorCode::invalid_argument, "6 rows, which are not pairs of 4 heads", {"layers.0.query", {6, 1}}, Storage::f32, {4, 0});
  refused(ErrorCode::invalid_argument, "6 rows, which are not pairs of 2 heads", {"layers.0.query", {6, 1}}, Storage::f32, {2, 0});
  refused(ErrorCode::invalid_argument, "only a vector can be shifted", {"layers.0.up", {4, 4}}, Storage::f32, {0, 1});
}

}  // namespace
