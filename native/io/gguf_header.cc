#include "io/gguf_header.h"

#include <optional>

#include "io/gguf_cursor.h"
#include "io/gguf_magic.h"
#include "io/gguf_metadata.h"
#include "io/gguf_tensors.h"
#include "io/git_lfs.h"
#include "io/little_endian.h"
#include "io/shown.h"

namespace xling {

namespace {

// A number of things that take so many bytes each, at least.
uint64_t read_count(GgufCursor& cursor, const char* what, uint64_t least) {
  const size_t at = cursor.at();
  const uint64_t count = cursor.u64(what);
  if (count > cursor.left() / least)
    cursor.fail_at(at, what, " is ", count, ", and each takes at least ", least, " bytes, but only ", cursor.left(),
                   " follow");
  return count;
}

// The metadata that say how the rest of the file is to be read.
class Directions {
 public:
  Directions(std::string_view bytes, const std::string& file, const std::map<std::string, GgufValue>& metadata)
      : cursor_(bytes, file, 0), bytes_(bytes), metadata_(metadata) {}

  uint64_t alignment() {
    const auto alignment = number("general.alignment", GgufValueType::u32);
    if (!alignment) return gguf_default_alignment;
    if (*alignment == 0 || *alignment % 8 != 0) cursor_.fail_at(at_, "is ", *alignment, ", and must be a multiple of 8");
    if (*alignment > gguf_max_alignment)
      cursor_.fail_at(at_, "is ", *alignment, ", and ", gguf_max_alignment, " is the most");
    return *alignment;
  }

  void refuse_split() {
    const auto files = number("split.count", GgufValueType::u16);
    if (files && *files > 1)
      cursor_.refuse_at(at_, ErrorCode::unsupported_file, "the model was split into ", *files,
                        " files, and this is one; ",
                        "merge them with 'llama-gguf-split --merge', or download the model in one file");
  }

 private:
  // Of that key, if it is there. Errors then name it, and at_ is where it stands.
  std::optional<uint64_t> number(const char* key, GgufValueType type) {
    const auto found = metadata_.find(key);
    if (found == metadata_.end()) return std::nullopt;
    const GgufValue& value = found->second;
    cursor_.within("key " + shown(key));
    at_ = value.offset;
    if (value.type != type) cursor_.fail_at(at_, "is of type ", name_of(value.type), ", and must be a ", name_of(type));
    return little_endian(bytes_.substr(at_, value.bytes));
  }

  GgufCursor cursor_;
  std::string_view bytes_;
  const std::map<std::string, GgufValue>& metadata_;
  size_t at_ = 0;
};

}  // namespace

GgufHeader read_gguf_header(std::string_view bytes, const std::string& file) {
  refuse_git_lfs_pointer(bytes, file);
  GgufCursor cursor(bytes, file, 0);
  read_gguf_magic(cursor);
  const uint64_t tensors = read_count(cursor, "the number of tensors", gguf_min_tensor);
  const uint64_t keys = read_count(cursor, "the number of key-values", gguf_min_key_value);
  GgufHeader header;
  header.metadata = read_gguf_metadata(cursor, keys);
  Directions directions(bytes, file, header.metadata);
  directions.refuse_split();
  header.alignment = directions.alignment();
  header.tensors = read_gguf_tensors(cursor, tensors, header.alignment);
  return header;
}

}  // namespace xling
