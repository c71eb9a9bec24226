// Where the parts of a matrix in NF4 lie. Codes come first, two in a byte, the
// first in the high nibble; then what gives each block of 64 its scale, absmax:
//
//   nf4    codes | absmax f32 [blocks]
//   nf4d   codes | absmax code u8 [blocks], padded to 4 | group absmax f32 [groups] | offset f32
//          absmax[b] = dynamic_code[code[b]] * group_absmax[b / 256] + offset
//
// Blocks are numbered through the matrix, row by row, and groups may span rows.
// Codes, block and group sizes are those of bitsandbytes (QLoRA, Dettmers et al. 2023).
#pragma once

#include "core/storage.h"

namespace xling {

inline constexpr int64_t nf4_block = 64;    // elements that share an absmax
inline constexpr int64_t nf4d_group = 256;  // absmaxes that share a scale of their own

struct Nf4Layout {
  int64_t blocks;
  int64_t groups;       // nf4d; the last may be short
  size_t absmax;        // bytes from the start: f32 each, or nf4d's codes
  size_t group_absmax;  // nf4d
  size_t offset;        // nf4d
  size_t bytes;         // in all
};

// cols is a multiple of 64.
inline Nf4Layout nf4_layout(Storage storage, int64_t rows, int64_t cols) {
  const size_t blocks = checked_mul(static_cast<size_t>(rows), static_cast<size_t>(cols / nf4_block), "blocks of a matrix");
  const size_t groups = blocks / nf4d_group + (blocks % nf4d_group != 0);
  Nf4Layout layout{static_cast<int64_t>(blocks), static_cast<int64_t>(groups), 0, 0, 0, 0};
  layout.absmax = checked_mul(blocks, nf4_block / 2, "bytes of a matrix");
  if (storage == Storage::nf4) {
    layout.bytes = checked_add(layout.absmax, checked_mul(blocks, 4, "bytes of absmax"), "bytes of a matrix");
    return layout;
  }
  layout.group_absmax = checked_add(layout.absmax, checked_round_up(blocks, 4, "bytes of absmax"), "bytes of a matrix");
  layout.offset = checked_add(layout.group_absmax, checked_mul(groups, 4, "bytes of absmax"), "bytes of a matrix");
  layout.bytes = checked_add(layout.offset, 4, "bytes of a matrix");
  return layout;
}

}  // namespace xling
