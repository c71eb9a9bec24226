#include "io/safetensors_writer.h"

#include <set>

#include "core/checked.h"
#include "io/safetensors_header.h"
#include "io/shown.h"
#include "io/utf8.h"

namespace xling {

namespace {

void check_text(const std::string& path, const char* what, const std::string& text) {
  const size_t valid = utf8_valid_until(text);
  if (valid < text.size())
    fail(ErrorCode::invalid_argument, path, ": ", what, " ", shown(text), " is not UTF-8 at byte ", valid,
         "; give it in UTF-8");
}

void check_name(const std::string& path, const std::string& name) {
  check_text(path, "the tensor name", name);
  if (name.find('\0') != std::string::npos)
    fail(ErrorCode::invalid_argument, path, ": the tensor name ", shown(name), " has a NUL character in it; leave it out");
  if (name == safetensors_metadata_key)
    fail(ErrorCode::invalid_argument, path, ": no tensor can be named ", shown(name),
         ": the metadata is; choose another name");
}

size_t dense_bytes(const std::string& path, const SafetensorsEntry& entry) {
  for (const int64_t size : entry.shape)
    if (size < 0)
      fail(ErrorCode::invalid_shape, path, ": tensor ", shown(entry.name), " has the dimension ", size,
           "; none can be negative");
  const auto bits = dense_bits(entry.dtype, entry.shape);
  if (!bits || *bits % 8 != 0)
    fail(ErrorCode::invalid_shape, path, ": tensor ", shown(entry.name),
         bits ? " is no whole number of bytes" : " is too large", " as ", name_of(entry.dtype),
         "; give it another shape or dtype");
  return *bits / 8;
}

// Everything but '"', '\' and control characters stands for itself.
void append_json(std::string& out, const std::string& text) {
  out += '"';
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      constexpr char digits[] = "0123456789abcdef";
      out += std::string("\\u00") + digits[c >> 4] + digits[c & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += '"';
}

std::string header_text(const std::string& path, const std::vector<SafetensorsEntry>& entries,
                        const std::map<std::string, std::string>& metadata) {
  std::string out = "{";
  const auto key = [&](const std::string& text) {
    if (out.back() != '{') out += ',';
    append_json(out, text);
    out += ':';
  };
  if (!metadata.empty()) {
    key(safetensors_metadata_key);
    out += '{';
    for (const auto& [name, value] : metadata) {
      check_text(path, "the metadata key", name);
      check_text(path, "the metadata", value);
      key(name);
      append_json(out, value);
    }
    out += '}';
  }
  size_t used = 0;
  for (const auto& entry : entries) {
    key(entry.name);
    out += std::string("{\"dtype\":\"") + name_of(entry.dtype) + "\",\"shape\":[";
    for (size_t i = 0; i < entry.shape.size(); ++i) out += (i ? "," : "") + std::to_string(entry.shape[i]);
    const size_t begin = used;
    used = checked_add(used, dense_bytes(path, entry), "a safetensors file's size");
    out += "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(used) + "]}";
  }
  out += '}';
  out.resize(checked_round_up(out.size(), 8, "a safetensors file's header"), ' ');
  if (out.size() > safetensors_max_header)
    fail(ErrorCode::invalid_argument, path, ": names and metadata make a header of ", out.size(), " bytes, and ",
         safetensors_max_header, " is the most; write fewer tensors or less metadata to one file");
  return out;
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(std::string path, const std::vector<SafetensorsEntry>& entries,
                                     const std::map<std::string, std::string>& metadata)
    : file_(std::move(path)) {
  std::set<std::string> names;
  for (const auto& entry : entries) {
    check_name(file_.path(), entry.name);
    if (!names.insert(entry.name).second)
      fail(ErrorCode::invalid_argument, file_.path(), ": tensor ", shown(entry.name),
           " is declared twice; give each its own name");
    turns_.push_back({entry.name, dense_bytes(file_.path(), entry)});
  }
  const std::string header = header_text(file_.path(), entries, metadata);
  char length[8];
  for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> 8 * i);
  file_.write(length, sizeof length);
  file_.write(header.data(), header.size());
}

// The tensor that takes bytes next, if that is the one named so; nullptr if none is left.
const SafetensorsWriter::Turn* SafetensorsWriter::turn(const std::string& name) {
  while (current_ < turns_.size() && turns_[current_].name != name && appended_ == turns_[current_].bytes) {
    ++current_;
    appended_ = 0;
  }
  return current_ < turns_.size() ? &turns_[current_] : nullptr;
}

void SafetensorsWriter::append(const std::string& name, const void* data, size_t bytes) {
  const Turn* const now = turn(name);
  if (!now || now->name != name)
    fail(ErrorCode::invalid_argument, file_.path(), ": it is not the turn of tensor ", shown(name), ": ",
         now ? shown(now->name) + " has " + std::to_string(appended_) + " of its " + std::to_string(now->bytes) + " bytes"
             : "all declared tensors are whole",
         "; append in the declared order");
  if (bytes > now->bytes - appended_)
    fail(ErrorCode::invalid_shape, file_.path(), ": tensor ", shown(name), " has ", now->bytes, " bytes; ", appended_,
         " and now ", bytes, " more are too many; append as many as its shape and dtype make");
  file_.write(data, bytes);
  appended_ += bytes;
}

void SafetensorsWriter::commit() {
  // No tensor is named so, so this steps over every whole one.
  if (const Turn* const now = turn(safetensors_metadata_key))
    fail(ErrorCode::invalid_shape, file_.path(), ": tensor ", shown(now->name), " has ", appended_, " of its ", now->bytes,
         " bytes; append the rest before committing");
  file_.commit();
}

}  // namespace xling
