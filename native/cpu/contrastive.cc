#include "kernels/contrastive.h"

#include <algorithm>
#include <cmath>

#include "cpu/contrastive_products.h"
#include "cpu/contrastive_unit.h"
#include "cpu/cpu_backend.h"

namespace xling {

namespace {

// About ten microseconds of exponentials.
constexpr int64_t logits_per_task = 16384;
constexpr int64_t columns_per_task = 256;
constexpr int64_t unit_rows_per_task = 16;

class InBatchLoss {
 public:
  InBatchLoss(const Contrastive& op, const simd::Loops& loops, ThreadPool& pool, GemmRunner& runner)
      : op_(op), loops_(loops), pool_(pool), products_(op, loops.gemm, runner), anchors_(op.anchors),
        candidates_(op.x.shape[0] - op.anchors), both_(op.directions == Directions::both),
        rows_(static_cast<size_t>(anchors_), Row{{-INFINITY, 0}, 0}) {
    if (!both_) return;
    column_largest_.resize(static_cast<size_t>(anchors_), -INFINITY);
    column_scaled_.resize(static_cast<size_t>(anchors_), 0.0f);
  }

  void run() {
    const bool with_dx = !op_.dx.absent(), whole = op_.z.shape[0] >= anchors_;
    // Of a row, the gradient is known with its last logit; of a column, with that of the last row.
    const bool at_once = !both_ || whole;
    write_unit();
    for_blocks([&](const AnchorBlock& block) {
      logits(block);
      for_rows(block, [&](int64_t i, float* z) {
        sum_row(i, z);
        if (with_dx && !both_) weigh_row(i, z);
      });
      if (both_) sum_columns(block);
      if (with_dx && at_once) gradients(block);
    });
    write_loss();
    if (!with_dx) return;
    if (!at_once)
      for_blocks([&](const AnchorBlock& block) {
        logits(block);
        gradients(block);
      });
    dx_through_unit();
  }

 private:
  struct Row {
    simd::RunningSum sum;
    float of_label;  // its logit
  };
  static double log_p(float of_label, float largest, float scaled) {
    return static_cast<double>(of_label) - largest - std::log(static_cast<double>(scaled));
  }
  // Of anchor i's positive among its candidates, and of the anchor among those of the positive. From the
  // sums and not from log-sum-exps: a large one has few digits after the point.
  double row_log_p(int64_t i) const {
    const Row& row = rows_[static_cast<size_t>(i)];
    return log_p(row.of_label, row.sum.largest, row.sum.scaled);
  }
  double column_log_p(int64_t i) const {
    const auto at = static_cast<size_t>(i);
    return log_p(rows_[at].of_label, column_largest_[at], column_scaled_[at]);
  }

  void for_blocks(const std::function<void(const AnchorBlock&)>& body) const {
    for (int64_t first = 0; first < anchors_; first += op_.z.shape[0])
      body({first, std::min(op_.z.shape[0], anchors_ - first)});
  }
  void in_pieces(int64_t count, int64_t piece, const std::function<void(int64_t, int64_t)>& body) const {
    pool_.run((count + piece - 1) / piece, [&](int64_t index) { body(index * piece, std::min(count, (index + 1) * piece)); });
  }
  // body(i, z) for the anchors i of a block and their logits.
  void for_rows(const AnchorBlock& block, const std::function<void(int64_t, float*)>& body) const {
    in_pieces(block.count, std::max<int64_t>(1, logits_per_task / candidates_), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) body(block.first + r, op_.z.as<float>() + r * candidates_);
    });
  }
  void for_unit_rows(const std::function<void(const UnitRow&, int64_t)>& body) const {
    const int64_t width = op_.x.shape[1];
    in_pieces(op_.x.shape[0], unit_rows_per_task, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r)
        body({op_.x.as<const float>() + r * width, width, r < anchors_ ? static_cast<double>(op_.scale) : 1.0}, r * width);
    });
  }

  // Anchors carry the scale, so that no pass over the logits need bring it in.
  void write_unit() const {
    for_unit_rows([&](const UnitRow& row, int64_t at) { row.write(op_.unit.as<float>() + at); });
  }
  void dx_through_unit() const {
    for_unit_rows([&](const UnitRow& row, int64_t at) { row.through(op_.dx.as<float>() + at); });
  }

  void logits(const AnchorBlock& block) const {
    products_.logits(block);
    if (op_.hard_negative_weight == 0) return;
    for_rows(block, [&](int64_t i, float* z) {
      for (int64_t own = anchors_ + i; own < candidates_; own += anchors_) z[own] += op_.hard_negative_weight;
    });
  }

  void sum_row(int64_t i, float* z) {
    Row& row = rows_[static_cast<size_t>(i)];
    row.of_label = z[i];
    loops_.cross_entropy.add({z, candidates_, 0}, row.sum);
  }
  simd::ColumnSums columns_from(int64_t begin) { return {column_largest_.data() + begin, column_scaled_.data() + begin}; }
  void sum_columns(const AnchorBlock& block) {
    in_pieces(anchors_, columns_per_task, [&](int64_t begin, int64_t end) {
      loops_.contrastive.add_columns({op_.z.as<const float>() + begin, block.count, candidates_, end - begin},
                                     columns_from(begin));
    });
  }

  // The gradient by an anchor's logits, over them.
  void weigh_row(int64_t i, float* z) {
    const simd::RunningSum& sum = rows_[static_cast<size_t>(i)].sum;
    if (!both_) {
      loops_.cross_entropy.weigh({z, candidates_, 0}, {sum.largest, 1 / sum.scaled});
      z[i] = static_cast<float>(std::expm1(row_log_p(i)));
      return;
    }
    loops_.contrastive.weigh_both({z, anchors_, sum.largest, sum.scaled}, columns_from(0));
    loops_.cross_entropy.weigh({z + anchors_, candidates_ - anchors_, 0}, {sum.largest, 0.5f / sum.scaled});
    z[i] = static_cast<float>(0.5 * (std::expm1(row_log_p(i)) + std::expm1(column_log_p(i))));
  }
  void gradients(const AnchorBlock& block) {
    if (both_) for_rows(block, [&](int64_t i, float* z) { weigh_row(i, z); });
    products_.add_to_dx(block);
  }

  void write_loss() const {
    double loss = 0;
    for (int64_t i = 0; i < anchors_; ++i) loss -= both_ ? 0.5 * (row_log_p(i) + column_log_p(i)) : row_log_p(i);
    *op_.loss.as<float>() = static_cast<float>(loss);
  }

  const Contrastive& op_;
  const simd::Loops& loops_;
  ThreadPool& pool_;
  ContrastiveProducts products_;
  int64_t anchors_, candidates_;
  bool both_;
  std::vector<Row> rows_;
  std::vector<float> column_largest_, column_scaled_;  // of the positives; empty where one direction is asked for
};

}  // namespace

void CpuBackend::execute(const Contrastive& op) { InBatchLoss(op, loops_, pool_, gemm_).run(); }

}  // namespace xling
