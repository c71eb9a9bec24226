#include "core/storage.h"

#include "core/nf4_layout.h"

namespace xling {

namespace {

struct Block {
  const char* name;
  int64_t elements;
  size_t bytes;
};

// By the storage's number. GGUF's blocks: scales (f16, K-quants also 6 or 8 bits
// per group of 16 or 32), high bits where there are some, low nibbles.
constexpr Block blocks[storage_count] = {
    {"f32", 1, 4},           {"bf16", 1, 2},           {"f16", 1, 2},
    {"nf4", 64, 32},         {"nf4d", 64, 32},         {"q8_0", 32, 2 + 32},
    {"q4_0", 32, 2 + 16},    {"q4_1", 32, 4 + 16},     {"q5_0", 32, 2 + 4 + 16},
    {"q5_1", 32, 4 + 4 + 16}, {"q4_k", 256, 4 + 12 + 128}, {"q5_k", 256, 4 + 12 + 32 + 128},
    {"q6_k", 256, 128 + 64 + 16 + 2},
};

bool exists(Storage storage) { return static_cast<int32_t>(storage) >= 0 && static_cast<int32_t>(storage) < storage_count; }

const Block& block_of(Storage storage) {
  if (!exists(storage)) fail(ErrorCode::invalid_argument, "there is no storage number ", static_cast<int32_t>(storage));
  return blocks[static_cast<int32_t>(storage)];
}

}  // namespace

const char* name_of(Storage storage) noexcept {
  return exists(storage) ? blocks[static_cast<int32_t>(storage)].name : "unknown storage";
}

Storage parse_storage(const std::string& name, const std::string& where) {
  std::string known;
  for (int32_t i = 0; i < storage_count; ++i) {
    if (name == blocks[i].name) return static_cast<Storage>(i);
    known += (i ? ", '" : "'") + std::string(blocks[i].name) + "'";
  }
  fail(ErrorCode::invalid_argument, where, ": there is no storage '", name, "'; there are ", known);
}

bool can_be_written(Storage storage) {
  switch (storage) {
    case Storage::f32:
    case Storage::bf16:
    case Storage::f16:
    case Storage::nf4:
    case Storage::nf4d:
    case Storage::q8_0:
    case Storage::q4_0: return true;
    default: return false;
  }
}

int64_t elements_per_block(Storage storage) { return block_of(storage).elements; }

size_t bytes_per_block(Storage storage) { return block_of(storage).bytes; }

size_t storage_bytes(Storage storage, int64_t rows, int64_t cols) {
  const Block& block = block_of(storage);
  if (rows < 0 || cols < 0) fail(ErrorCode::invalid_shape, "a matrix of ", block.name, " cannot be [", rows, ", ", cols, "]");
  if (cols % block.elements != 0)
    fail(ErrorCode::invalid_shape, block.name, " has blocks of ", block.elements, " but a row has ", cols,
         " columns; use a multiple of ", block.elements, ", or keep this matrix in bf16");
  if (storage == Storage::nf4 || storage == Storage::nf4d) return nf4_layout(storage, rows, cols).bytes;
  const size_t per_row = checked_mul(static_cast<size_t>(cols / block.elements), block.bytes, "bytes of a row");
  return checked_mul(static_cast<size_t>(rows), per_row, "bytes of a matrix");
}

}  // namespace xling
