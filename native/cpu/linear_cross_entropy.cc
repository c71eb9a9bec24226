#include "kernels/linear_cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "cpu/cpu_backend.h"
#include "cpu/panels/panel_weight.h"

namespace xling {

namespace {

// A tile of logits: 4 MiB, written by the GEMM and read back from cache.
constexpr int64_t rows_at_once = 256;
constexpr int64_t vocab_at_once = 4096;
static_assert(vocab_at_once % simd::max_tile_cols == 0);

void check_labels(const LinearCrossEntropy& op) {
  const auto* labels = op.labels.as<const int32_t>();
  for (int64_t r = 0; r < op.labels.shape[0]; ++r)
    if (labels[r] < 0 || labels[r] >= op.w.rows)
      fail(ErrorCode::invalid_argument, op.name, ": label ", labels[r], " of row ", r, " is not one of 0 to ", op.w.rows - 1);
}

struct Tile {
  int64_t first_row, rows, first_token, tokens;
};

// z = bias + x·wᵀ of the tile, [rows, tokens].
void multiply_tile(const LinearCrossEntropy& op, const Tile& tile, const simd::Loops& loops, GemmRunner& runner, float* z) {
  const PanelWeight panels(op.w, loops);
  const int64_t width = op.w.cols;
  Gemm gemm{};
  gemm.rows = tile.rows, gemm.cols = tile.tokens, gemm.depth = width;
  gemm.a = op.x.as<const float>() + tile.first_row * width, gemm.a_row = width, gemm.a_depth = 1;
  gemm.write_strip = [&](const Gemm::Strip& part) {
    Gemm::Strip strip = part;
    strip.col_begin += tile.first_token;
    if (op.w.layout == Layout::prepared)
      panels.write_strip(strip);
    else
      write_transposed(op.w, loops.gemm, strip);
  };
  gemm.start = op.bias.absent() ? nullptr : op.bias.as<const float>() + tile.first_token;
  gemm.c = z;
  runner.run(gemm);
}

}  // namespace

void CpuBackend::execute(const LinearCrossEntropy& op) {
  check_labels(op);
  const auto* labels = op.labels.as<const int32_t>();
  auto* lse = op.lse.as<float>();
  const int64_t rows = op.x.shape[0], vocab = op.w.rows;
  double loss = 0;
  logits_.resize(static_cast<size_t>(std::min(rows, rows_at_once) * std::min(vocab, vocab_at_once)));
  for (int64_t first = 0; first < rows; first += rows_at_once) {
    const int64_t count = std::min(rows_at_once, rows - first);
    std::vector<simd::RunningSum> sums(static_cast<size_t>(count), {-INFINITY, 0});
    std::vector<float> of_label(static_cast<size_t>(count));
    for (int64_t token = 0; token < vocab; token += vocab_at_once) {
      const Tile tile{first, count, token, std::min(vocab_at_once, vocab - token)};
      multiply_tile(op, tile, loops_, gemm_, logits_.data());
      split(count, 4, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
          float* z = logits_.data() + r * tile.tokens;
          loops_.cross_entropy.add_tile({z, tile.tokens, op.softcap}, sums[static_cast<size_t>(r)]);
          const int64_t label = labels[first + r] - token;
          if (label >= 0 && label < tile.tokens) of_label[static_cast<size_t>(r)] = z[label];
        }
      });
    }
    for (int64_t r = 0; r < count; ++r) {
      const auto& sum = sums[static_cast<size_t>(r)];
      lse[first + r] = sum.largest + std::log(sum.scaled);
      loss += static_cast<double>(lse[first + r]) - of_label[static_cast<size_t>(r)];
    }
  }
  *op.loss.as<float>() = static_cast<float>(loss);
}

}  // namespace xling
