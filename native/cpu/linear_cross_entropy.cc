#include "kernels/linear_cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "cpu/cpu_backend.h"
#include "cpu/linear_cross_entropy_products.h"
#include "cpu/panels/weight_row.h"

namespace xling {

namespace {

// A tile of logits: 4 MiB, written by the GEMM and read back from cache.
constexpr int64_t rows_at_once = 256;
constexpr int64_t vocab_at_once = 4096;
static_assert(vocab_at_once % simd::max_tile_cols == 0);
constexpr int64_t rows_per_task = 4;
constexpr int64_t columns_per_task = 128;

using Tile = CrossEntropyProducts::Tile;

void check_labels(const LinearCrossEntropy& op) {
  const auto* labels = op.labels.as<const int32_t>();
  for (int64_t r = 0; r < op.labels.shape[0]; ++r)
    if (labels[r] < 0 || labels[r] >= op.w.rows)
      fail(ErrorCode::invalid_argument, op.name, ": label ", labels[r], " of row ", r, " is not one of 0 to ", op.w.rows - 1);
}

// What a row has come to.
struct RowSum {
  simd::RunningSum sum{-INFINITY, 0};
  float of_label = 0;  // its logit, when its tile has passed

  // p - 1 and the cap's slope, where p is the label's probability. From the sum
  // and not from lse: a large lse has few digits after the point.
  float label_gradient(float cap) const {
    const double log_p = static_cast<double>(of_label) - sum.largest - std::log(static_cast<double>(sum.scaled));
    const float part = cap == 0 ? 0 : of_label / cap;
    return static_cast<float>(std::expm1(log_p)) * ((1 - part) * (1 + part));
  }
};

// A block of rows against the whole vocabulary, a tile after another.
class RowBlock {
 public:
  struct Engine {
    const simd::Loops& loops;
    ThreadPool& pool;
    const CrossEntropyProducts& products;
    float* z;  // a tile's logits, then its gradients
  };
  RowBlock(const LinearCrossEntropy& op, const Engine& engine, int64_t first, int64_t count)
      : op_(op), engine_(engine), first_(first), count_(count), rows_(static_cast<size_t>(count)) {}

  // One pass: the sums of exponentials and, with_dx, those of rows of w weighed
  // by them, both relative to the largest logit so far.
  void sum(bool with_dx) {
    for_tiles([&](const Tile& tile) {
      for_rows([&](int64_t r) {
        const auto& loops = engine_.loops.cross_entropy;
        RowSum& row = row_at(r);
        float* label = label_in(tile, r);
        loops.cap(part(tile, r));
        const float kept = loops.add(part(tile, r), row.sum);
        if (label) row.of_label = *label;
        if (!with_dx) return;
        loops.weigh(part(tile, r), {row.sum.largest, 1});
        if (label) *label = 0;  // it joins when the sum is known
        if (tile.first_token > 0 && kept != 1) scale_dx(r, kept);
      });
      if (with_dx) engine_.products.add_to_dx(tile, engine_.z);
    });
  }

  // Writes lse and adds to loss, row by row.
  void finish(double& loss) {
    for (int64_t r = 0; r < count_; ++r) {
      const RowSum& row = row_at(r);
      float& lse = op_.lse.as<float>()[first_ + r];
      lse = row.sum.largest + std::log(row.sum.scaled);
      loss += static_cast<double>(lse) - row.of_label;
    }
  }

  // After sum(true).
  void finish_dx() {
    for_rows([&](int64_t r) {
      const RowSum& row = row_at(r);
      const float of_label = row.label_gradient(op_.softcap);
      float* dx = dx_at(r);
      for_row_pieces(op_.w, engine_.products.panels(), label_of(r), [&](const RowPiece& w) {
        for (int64_t k = 0; k < w.count; ++k) dx[w.begin + k] = dx[w.begin + k] / row.sum.scaled + of_label * w.at[k * w.step];
      });
    });
  }

  // A second pass, after sum(false): every gradient that is asked for.
  void gradients() {
    for_tiles([&](const Tile& tile) {
      for_rows([&](int64_t r) {
        const auto& loops = engine_.loops.cross_entropy;
        const RowSum& row = row_at(r);
        loops.cap(part(tile, r));
        loops.weigh(part(tile, r), {row.sum.largest, 1 / row.sum.scaled});
        if (float* label = label_in(tile, r)) *label = row.label_gradient(op_.softcap);
      });
      if (!op_.dx.absent()) engine_.products.add_to_dx(tile, engine_.z);
      if (!op_.dw.absent()) engine_.products.add_to_dw(tile, engine_.z);
      if (!op_.dbias.absent()) add_to_dbias(tile);
    });
  }

 private:
  RowSum& row_at(int64_t r) { return rows_[static_cast<size_t>(r)]; }
  int32_t label_of(int64_t r) const { return op_.labels.as<const int32_t>()[first_ + r]; }
  float* dx_at(int64_t r) const { return op_.dx.as<float>() + (first_ + r) * op_.w.cols; }
  simd::LogitTile part(const Tile& tile, int64_t r) const { return {engine_.z + r * tile.tokens, tile.tokens, op_.softcap}; }
  // The label's entry of the tile; null where it is in another.
  float* label_in(const Tile& tile, int64_t r) const {
    const int64_t label = label_of(r) - tile.first_token;
    return label >= 0 && label < tile.tokens ? part(tile, r).z + label : nullptr;
  }

  void for_tiles(const std::function<void(const Tile&)>& body) const {
    for (int64_t token = 0; token < op_.w.rows; token += vocab_at_once) {
      const Tile tile{first_, count_, token, std::min(vocab_at_once, op_.w.rows - token)};
      engine_.products.logits(tile, engine_.z);
      body(tile);
    }
  }
  void for_rows(const std::function<void(int64_t)>& body) const {
    engine_.pool.run((count_ + rows_per_task - 1) / rows_per_task, [&](int64_t task) {
      for (int64_t r = task * rows_per_task; r < std::min(count_, (task + 1) * rows_per_task); ++r) body(r);
    });
  }

  void scale_dx(int64_t r, float by) const {
    float* dx = dx_at(r);
    for (int64_t k = 0; k < op_.w.cols; ++k) dx[k] *= by;
  }
  void add_to_dbias(const Tile& tile) const {
    float* dbias = op_.dbias.as<float>() + tile.first_token;
    engine_.pool.run((tile.tokens + columns_per_task - 1) / columns_per_task, [&](int64_t task) {
      const int64_t end = std::min(tile.tokens, (task + 1) * columns_per_task);
      for (int64_t r = 0; r < count_; ++r)
        for (int64_t v = task * columns_per_task; v < end; ++v) dbias[v] += engine_.z[r * tile.tokens + v];
    });
  }

  const LinearCrossEntropy& op_;
  const Engine& engine_;
  int64_t first_, count_;
  std::vector<RowSum> rows_;
};

}  // namespace

void CpuBackend::execute(const LinearCrossEntropy& op) {
  check_labels(op);
  const int64_t rows = op.x.shape[0];
  const bool head_trains = !op.dw.absent() || !op.dbias.absent(), dx_alone = !op.dx.absent() && !head_trains;
  logits_.resize(static_cast<size_t>(std::min(rows, rows_at_once) * std::min(op.w.rows, vocab_at_once)));
  const CrossEntropyProducts products(op, loops_, gemm_);
  const RowBlock::Engine engine{loops_, pool_, products, logits_.data()};
  double loss = 0;
  for (int64_t first = 0; first < rows; first += rows_at_once) {
    RowBlock block(op, engine, first, std::min(rows_at_once, rows - first));
    block.sum(dx_alone);
    block.finish(loss);
    if (dx_alone) block.finish_dx();
    if (head_trains) block.gradients();
  }
  *op.loss.as<float>() = static_cast<float>(loss);
}

}  // namespace xling
