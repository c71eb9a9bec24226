#include "io/safetensors_header.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.h"
#include "io/json.h"
#include "io/safetensors_dtype.h"
#include "io/shown.h"

namespace xling {

namespace {

constexpr size_t first_byte = 8;  // after the header's length

SafetensorsDtype read_dtype(JsonReader& json) {
  const size_t at = json.next();
  const std::string name = json.string();
  const auto dtype = parse_safetensors_dtype(name);
  if (!dtype) json.fail_at(at, "there is no dtype ", shown(name), ", only ", safetensors_dtype_names());
  return *dtype;
}

std::vector<int64_t> read_shape(JsonReader& json) {
  std::vector<int64_t> shape;
  json.array([&] { shape.push_back(json.whole_number()); });
  return shape;
}

struct Range {
  size_t begin, end;  // in the data
};

Range read_range(JsonReader& json) {
  const size_t at = json.next();
  std::vector<int64_t> ends;
  json.array([&] { ends.push_back(json.whole_number()); });
  if (ends.size() != 2)
    json.fail_at(at, "two numbers must stand here, the first byte and the one after the last, not ", ends.size());
  if (ends[0] > ends[1]) json.fail_at(at, "the data ends at ", ends[1], ", before it begins at ", ends[0]);
  return {static_cast<size_t>(ends[0]), static_cast<size_t>(ends[1])};
}

// The offset is still one in the data, not in the file.
StoredTensor read_tensor(JsonReader& json, const std::string& name) {
  std::optional<SafetensorsDtype> dtype;
  std::optional<std::vector<int64_t>> shape;
  std::optional<Range> range;
  const size_t at = json.next();
  if (name.find('\0') != std::string::npos) json.fail_at(at, "a tensor's name has a NUL character in it");
  json.object([&](const std::string& key) {
    if (key == "dtype")
      dtype = read_dtype(json);
    else if (key == "shape")
      shape = read_shape(json);
    else if (key == "data_offsets")
      range = read_range(json);
    else
      json.fail_at(json.next(), "a tensor has a dtype, a shape and data_offsets, nothing else");
  });
  if (!dtype) json.fail_at(at, "the tensor has no dtype");
  if (!shape) json.fail_at(at, "the tensor has no shape");
  if (!range) json.fail_at(at, "the tensor has no data_offsets");

  const auto bits = dense_bits(*dtype, *shape);
  if (!bits) json.fail_at(at, "the tensor's dimensions multiply to more than 2^64 bits");
  if (*bits % 8 != 0) json.fail_at(at, "the tensor has ", *bits, " bits, which are no whole bytes");
  const size_t bytes = range->end - range->begin;
  if (bytes != *bits / 8)
    json.fail_at(at, "the tensor's dtype and shape make ", *bits / 8, " bytes, but its data_offsets are ", bytes, " apart");
  return {name, name_of(*dtype), storage_of(*dtype), std::move(*shape), range->begin, bytes};
}

// Sorts by place and sees to it that every byte of the data is one tensor's. `data` is where the data begins.
void share_out(std::vector<StoredTensor>& tensors, size_t data, size_t data_bytes, const std::string& file) {
  const auto place = [](const StoredTensor& tensor) { return std::pair(tensor.offset, tensor.bytes); };
  std::stable_sort(tensors.begin(), tensors.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  const auto refuse = [&](size_t begin, size_t end, const auto&... parts) {
    fail(ErrorCode::malformed_file, file, ": bytes ", data + begin, " to ", data + end, " ", parts..., "; ",
         safetensors_advice);
  };
  size_t used = 0;
  const StoredTensor* before = nullptr;
  for (auto& tensor : tensors) {
    const size_t end = tensor.offset + tensor.bytes;
    if (tensor.offset > used) refuse(used, tensor.offset, "belong to no tensor (tensor ", shown(tensor.name), " is next)");
    if (tensor.offset < used)
      refuse(tensor.offset, std::min(used, end), "belong to two tensors, ", shown(before->name), " and ",
             shown(tensor.name));
    if (end > data_bytes)
      refuse(tensor.offset, end, "should be tensor ", shown(tensor.name), ", but the file ends at byte ",
             data + data_bytes);
    used = end;
    before = &tensor;
  }
  if (used < data_bytes) refuse(used, data_bytes, "belong to no tensor: they follow the last one");
  for (auto& tensor : tensors) tensor.offset += data;
}

}  // namespace

SafetensorsHeader read_safetensors_header(std::string_view text, size_t data_bytes, const std::string& file) {
  JsonReader json({text, file, first_byte, safetensors_advice});
  if (text.substr(0, 1) != "{") json.fail_at(0, "the header must begin with '{'");
  SafetensorsHeader header;
  json.object([&](const std::string& name) {
    if (name == safetensors_metadata_key)
      json.object([&](const std::string& key) { header.metadata[key] = json.string(); });
    else
      header.tensors.push_back(read_tensor(json, name));
  });
  json.end();
  share_out(header.tensors, first_byte + text.size(), data_bytes, file);
  return header;
}

}  // namespace xling
