// The matrix products of contrastive, some anchors against all candidates at a time.
#pragma once

#include "cpu/gemm/gemm.h"
#include "kernels/contrastive.h"

namespace xling {

struct AnchorBlock {
  int64_t first, count;
};

// Over unit rows a of anchors, times scale, and c of candidates. Each output is one
// chain over its sum's terms, in ascending order, however anchors are cut into blocks.
class ContrastiveProducts {
 public:
  ContrastiveProducts(const Contrastive& op, const simd::GemmLoops& loops, GemmRunner& runner);

  // z = a·cᵀ
  void logits(const AnchorBlock& block) const;
  // With a gradient g in z: the anchors' dx = g·c, and the candidates' dx = gᵀ·a, or += after the first block.
  void add_to_dx(const AnchorBlock& block) const;

 private:
  const float* anchors_at(int64_t row) const { return op_.unit.as<const float>() + row * width_; }

  const Contrastive& op_;
  const simd::GemmLoops& loops_;
  GemmRunner& runner_;
  int64_t width_, candidates_;
  float* candidate_rows_;
};

}  // namespace xling
