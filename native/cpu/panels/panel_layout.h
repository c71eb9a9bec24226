// How this CPU keeps a frozen weight: in panels of as many output rows as a
// GEMM tile has columns. The rows' numbers, field by field of their storage's
// blocks, lie side by side, so that a vector holds one input's weights of
// neighbouring outputs. The bytes are the storage's own; the last panel is padded with zeros.
//
// The doubly quantised NF4's group scales and offset follow the panels as they are.
#pragma once

#include <array>
#include <cstdint>

#include "core/weight.h"

namespace xling {

// Numbers of equal size in each block of a storage.
struct BlockField {
  size_t from;    // byte of block 0's first one in the rows' layout (core/storage.h)
  size_t stride;  // bytes from block to block, numbered row by row
  size_t bytes;   // of a number: 1, 2 or 4
  size_t count;   // of them in a block
};

struct BlockFields {
  std::array<BlockField, 4> fields;
  int count;
};

BlockFields block_fields(Storage storage, int64_t rows, int64_t cols);

// Where the parts of a matrix in panels lie.
struct PanelLayout {
  size_t block_bytes;  // of a block of all the panel's rows
  size_t panel_bytes;
  int64_t panels;
  size_t tail;         // where the panels end
  size_t bytes;        // in all
};

// panel_rows: outputs per panel.
PanelLayout panel_layout(Storage storage, int64_t rows, int64_t cols, int64_t panel_rows);

}  // namespace xling
