// How a matrix keeps its numbers. A storage is a property of a whole matrix
// [rows, cols]: rows are cut into blocks along cols, each with its own scales.
//
// GGUF's types lie as in a GGUF file: a row is its blocks, one after another.
// The two NF4s keep scales apart from codes: core/nf4_layout.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/checked.h"

namespace xling {

// nf4d is nf4 with double quantisation. Numbers cross the device-module border: append only.
enum class Storage : int32_t { f32 = 0, bf16, f16, nf4, nf4d, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k };

inline constexpr int32_t storage_count = static_cast<int32_t>(Storage::q6_k) + 1;

// "q8_0" for Storage::q8_0; "unknown storage" for a number that is none.
const char* name_of(Storage storage) noexcept;

// The storage of that name; anything else is ERR_INVALID_ARGUMENT, naming `where` and all there are.
Storage parse_storage(const std::string& name, const std::string& where);

// Whether numbers can be put into it (kernels/quantize.h); the others are only read.
bool can_be_written(Storage storage);

// Neighbours in a row that share a scale: 1, 32, 64 or 256. cols is a multiple of it.
int64_t elements_per_block(Storage storage);

// Bytes of a block in its row; for the NF4s its codes alone.
size_t bytes_per_block(Storage storage);

// Bytes of the whole matrix, scales and all. ERR_INVALID_SHAPE if cols is not
// a multiple of the block, if a size is negative, or if the bytes overflow;
// ERR_INVALID_ARGUMENT if `storage` is a number that is none.
size_t storage_bytes(Storage storage, int64_t rows, int64_t cols);

}  // namespace xling
