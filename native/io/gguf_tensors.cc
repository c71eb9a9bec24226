#include "io/gguf_tensors.h"

#include <algorithm>
#include <set>

#include "io/gguf_name.h"
#include "io/gguf_type.h"
#include "io/shown.h"

namespace xling {

namespace {

constexpr uint32_t max_dimensions = 4;

// While it is read: its offset is still one in the data, and stands at `field` in the file.
struct Entry {
  StoredTensor tensor;
  size_t field;
};

std::vector<int64_t> read_shape(GgufCursor& cursor) {
  const size_t begin = cursor.at();
  const uint32_t rank = cursor.u32("the number of dimensions");
  if (rank > max_dimensions)
    cursor.refuse_at(begin, ErrorCode::unsupported_file, "has ", rank, " dimensions, and ggml knows ", max_dimensions,
                     " at most; download or convert the file again");
  std::vector<int64_t> shape(rank);
  for (uint32_t i = 0; i < rank; ++i) {
    const size_t at = cursor.at();
    const uint64_t size = cursor.u64("a dimension");
    if (size == 0) cursor.fail_at(at, "dimension ", i + 1, " of ", rank, " is 0");
    if (size > INT64_MAX) cursor.fail_at(at, "dimension ", i + 1, " of ", rank, " is ", size, ", above 2^63 - 1");
    shape[rank - 1 - i] = static_cast<int64_t>(size);
  }
  return shape;
}

const GgufType& read_type(GgufCursor& cursor) {
  const size_t at = cursor.at();
  const uint32_t number = cursor.u32("the type");
  const GgufType* const type = find_gguf_type(number);
  if (!type)
    cursor.refuse_at(
        at, ErrorCode::unsupported_file, "is of type ", number,
        ", whose size is not known: ggml gave it up, or added it lately; quantise the model again, to one of ",
        gguf_types_read());
  return *type;
}

size_t bytes_of(const GgufCursor& cursor, size_t at, const std::vector<int64_t>& shape, const GgufType& type) {
  const uint64_t row = shape.empty() ? 1 : static_cast<uint64_t>(shape.back());
  if (row % type.elements_per_block != 0)
    cursor.fail_at(at, "rows of ", row, " elements are no whole blocks of ", type.elements_per_block, ", as ", type.name,
                   " has them");
  // Blocks of the first row, then times the other dimensions. No partial product is larger than the whole: none is 0.
  uint64_t bytes = row / type.elements_per_block;
  bool fits = !__builtin_mul_overflow(bytes, type.bytes_per_block, &bytes);
  for (size_t i = 0; i + 1 < shape.size(); ++i)
    fits = fits && !__builtin_mul_overflow(bytes, static_cast<uint64_t>(shape[i]), &bytes);
  if (!fits) cursor.fail_at(at, "the dimensions multiply to more than 2^64 bytes");
  return bytes;
}

Entry read_entry(GgufCursor& cursor, std::set<std::string_view>& names, uint64_t alignment) {
  const size_t begin = cursor.at();
  Entry entry;
  StoredTensor& tensor = entry.tensor;
  const std::string_view name = read_gguf_name(cursor, "the name");
  tensor.name = name;
  cursor.within("tensor " + shown(name));
  if (!names.insert(name).second) cursor.fail_at(begin, "the name stands twice");
  const size_t dimensions = cursor.at();
  tensor.shape = read_shape(cursor);
  const GgufType& type = read_type(cursor);
  tensor.type = type.name;
  tensor.storage = type.storage;
  tensor.bytes = bytes_of(cursor, dimensions, tensor.shape, type);
  entry.field = cursor.at();
  tensor.offset = cursor.u64("the offset");
  if (tensor.offset % alignment != 0)
    cursor.fail_at(entry.field, "the offset is ", tensor.offset, ", no multiple of the alignment, ", alignment);
  return entry;
}

// Sees to it that every tensor lies within the file and apart from the others. `data` is where the data begins.
std::vector<StoredTensor> place(GgufCursor& cursor, std::vector<Entry> entries, size_t data) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.tensor.offset < b.tensor.offset; });
  const size_t file_bytes = cursor.at() + cursor.left();
  const size_t data_bytes = file_bytes - std::min(data, file_bytes);
  std::vector<StoredTensor> placed;
  for (auto& [tensor, field] : entries) {
    cursor.within("tensor " + shown(tensor.name));
    if (tensor.offset > data_bytes || tensor.bytes > data_bytes - tensor.offset)
      cursor.fail_at(field, "should be ", tensor.bytes, " bytes, ", tensor.offset, " behind the data's begin at byte ",
                     data, ", but the file ends at byte ", file_bytes);
    tensor.offset += data;
    if (!placed.empty() && tensor.offset < placed.back().offset + placed.back().bytes) {
      const StoredTensor& before = placed.back();
      cursor.fail_at(field, "bytes ", tensor.offset, " to ",
                     std::min(tensor.offset + tensor.bytes, before.offset + before.bytes), " belong to tensor ",
                     shown(before.name), " too");
    }
    placed.push_back(std::move(tensor));
  }
  cursor.within("");
  return placed;
}

}  // namespace

std::vector<StoredTensor> read_gguf_tensors(GgufCursor& cursor, uint64_t count, uint64_t alignment) {
  std::vector<Entry> entries;
  std::set<std::string_view> names;  // ordered: no file can make its names collide
  for (uint64_t i = 1; i <= count; ++i) {
    cursor.within("tensor " + std::to_string(i) + " of " + std::to_string(count));
    entries.push_back(read_entry(cursor, names, alignment));
  }
  const size_t over = cursor.at() % alignment;
  return place(cursor, std::move(entries), cursor.at() + (over == 0 ? 0 : alignment - over));
}

}  // namespace xling
