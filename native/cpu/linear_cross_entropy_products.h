// The matrix products of linear_cross_entropy, a tile of logits at a time.
#pragma once

#include "cpu/gemm/gemm.h"
#include "cpu/panels/panel_weight.h"
#include "kernels/linear_cross_entropy.h"

namespace xling {

class CrossEntropyProducts {
 public:
  CrossEntropyProducts(const LinearCrossEntropy& op, const simd::Loops& loops, GemmRunner& runner)
      : op_(op), loops_(loops), runner_(runner), panels_(op.w, loops) {}

  // Logits [rows, tokens] of some rows by some of the vocabulary; first_token is a multiple of every panel's rows.
  struct Tile {
    int64_t first_row, rows, first_token, tokens;
  };

  // z = bias + x·wᵀ
  void logits(const Tile& tile, float* z) const;
  // dx = g·w for the vocabulary's first tile, dx += g·w for those after it.
  void add_to_dx(const Tile& tile, const float* g) const;
  // dw += gᵀ·x
  void add_to_dw(const Tile& tile, const float* g) const;

  const PanelWeight& panels() const { return panels_; }

 private:
  const LinearCrossEntropy& op_;
  const simd::Loops& loops_;
  GemmRunner& runner_;
  PanelWeight panels_;
};

}  // namespace xling
