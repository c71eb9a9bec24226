#include "cpu/contrastive_products.h"

namespace xling {

ContrastiveProducts::ContrastiveProducts(const Contrastive& op, const simd::GemmLoops& loops, GemmRunner& runner)
    : op_(op), loops_(loops), runner_(runner), width_(op.x.shape[1]), candidates_(op.x.shape[0] - op.anchors),
      candidate_rows_(op.unit.as<float>() + op.anchors * width_) {}

void ContrastiveProducts::logits(const AnchorBlock& block) const {
  Gemm gemm{};
  gemm.rows = block.count, gemm.cols = candidates_, gemm.depth = width_;
  gemm.a = anchors_at(block.first), gemm.a_row = width_, gemm.a_depth = 1;
  gemm.write_strip = [&](const Gemm::Strip& strip) {
    write_transposed({candidate_rows_, candidates_, width_, Storage::f32, Layout::rows}, loops_, strip);
  };
  gemm.c = op_.z.as<float>();
  runner_.run(gemm);
}

void ContrastiveProducts::add_to_dx(const AnchorBlock& block) const {
  const float* g = op_.z.as<const float>();
  Gemm to_anchors{};
  to_anchors.rows = block.count, to_anchors.cols = width_, to_anchors.depth = candidates_;
  to_anchors.a = g, to_anchors.a_row = candidates_, to_anchors.a_depth = 1;
  to_anchors.write_strip = [&](const Gemm::Strip& strip) { write_rows(candidate_rows_, width_, loops_, strip); };
  to_anchors.c = op_.dx.as<float>() + block.first * width_;
  runner_.run(to_anchors);

  Gemm to_candidates{};
  to_candidates.rows = candidates_, to_candidates.cols = width_, to_candidates.depth = block.count;
  to_candidates.a = g, to_candidates.a_row = 1, to_candidates.a_depth = candidates_;
  to_candidates.write_strip = [&](const Gemm::Strip& strip) { write_rows(anchors_at(block.first), width_, loops_, strip); };
  to_candidates.c = op_.dx.as<float>() + op_.anchors * width_;
  to_candidates.start = block.first == 0 ? nullptr : to_candidates.c;
  to_candidates.start_row = width_;
  runner_.run(to_candidates);
}

}  // namespace xling
