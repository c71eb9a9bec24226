#include "kernels/dropout.h"

#include <algorithm>

#include "cpu/cpu_backend.h"
#include "cpu/row_offsets.h"
#include "cpu/row_words.h"

namespace xling {

namespace {

// About ten microseconds of work: what is worth waking a thread for.
constexpr int64_t features_per_task = 8192;

}  // namespace

void CpuBackend::execute(const Dropout& op) {
  const int64_t tokens = op.x.shape[0], width = op.x.shape[1];
  check_row_offsets(op.name, op.offsets, tokens);
  const auto* offsets = op.offsets.as<const int32_t>();
  const auto* residual = op.residual.as<const float>();
  const uint32_t threshold = dropout_threshold(op.rate);
  const float factor = dropout_factor(op.rate);
  split(tokens, std::max<int64_t>(1, features_per_task / std::max<int64_t>(1, width)), [&](int64_t begin, int64_t end) {
    // The row of a token: empty rows end where the next one begins.
    int64_t row = std::upper_bound(offsets, offsets + op.offsets.shape[0], begin) - offsets - 1;
    for (int64_t token = begin; token < end; ++row) {
      const int64_t until = std::min<int64_t>(end, offsets[row + 1]);
      if (until == token) continue;
      loops_.dropout({op.x.as<float>() + token * width, residual ? residual + token * width : nullptr, op.y.as<float>() + token * width, until - token, width,
                      row_words(op, row, token - offsets[row]), threshold, factor, op.y_write});
      token = until;
    }
  });
}

}  // namespace xling
