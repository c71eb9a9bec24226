#include "kernels/linear.h"

#include <algorithm>

#include "cpu/cpu_backend.h"
#include "cpu/panels/panel_weight.h"

namespace xling {

namespace {

// Outputs that a task of few rows makes: a few microseconds of reading.
constexpr int64_t outputs_per_task = 64;
static_assert(outputs_per_task % simd::max_tile_cols == 0);

}  // namespace

void CpuBackend::execute(const Linear& op) {
  const int64_t rows = op.x.shape[0], inputs = op.x.shape[1], outputs = op.y.shape[1];
  const auto *bias = op.bias.as<const float>(), *residual = op.residual.as<const float>();
  float* y = op.y.as<float>();
  // With both, the chain starts from their sum.
  if (bias && residual) {
    split(rows, 64, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t)
        for (int64_t n = 0; n < outputs; ++n) y[t * outputs + n] = residual[t * outputs + n] + bias[n];
    });
    residual = y;
  }
  const float* start = residual ? residual : bias;
  const int64_t start_row = residual ? outputs : 0;
  const bool prepared = op.w.layout == Layout::prepared;
  const PanelWeight panels(op.w, loops_);
  if (prepared && rows <= PanelWeight::few_rows(op.w.storage))
    return split(outputs, outputs_per_task, [&](int64_t begin, int64_t end) {
      panels.multiply({op.x.as<const float>(), rows, start, start_row, y}, begin, end);
    });
  Gemm gemm{};
  gemm.rows = rows, gemm.cols = outputs, gemm.depth = inputs;
  gemm.a = op.x.as<float>(), gemm.a_row = inputs, gemm.a_depth = 1;
  gemm.write_strip = [&](const Gemm::Strip& strip) {
    if (prepared)
      panels.write_strip(strip);
    else
      write_transposed(op.w, loops_.gemm, strip);
  };
  gemm.start = start;
  gemm.start_row = start_row;
  gemm.c = y;
  gemm_.run(gemm);
}

void CpuBackend::execute(const LinearInputGrad& op) {
  const int64_t rows = op.dy.shape[0], outputs = op.dy.shape[1], inputs = op.dx.shape[1];
  const bool prepared = op.w.layout == Layout::prepared;
  const PanelWeight panels(op.w, loops_);
  Gemm gemm{};
  gemm.rows = rows, gemm.cols = inputs, gemm.depth = outputs;
  gemm.a = op.dy.as<float>(), gemm.a_row = outputs, gemm.a_depth = 1;
  gemm.strip_cols = prepared ? PanelWeight::piece_cols : 0;
  gemm.write_strip = [&](const Gemm::Strip& strip) {
    if (prepared)
      panels.write_turned_strip(strip);
    else
      write_rows(static_cast<const float*>(op.w.data), inputs, loops_.gemm, strip);
  };
  gemm.start = op.dx_write == Write::accumulate ? op.dx.as<float>() : nullptr;
  gemm.start_row = inputs;
  gemm.c = op.dx.as<float>();
  gemm_.run(gemm);
}

void CpuBackend::execute(const LinearWeightGrad& op) {
  const int64_t tokens = op.x.shape[0], inputs = op.x.shape[1], outputs = op.dy.shape[1];
  const float* x = op.x.as<float>();
  const float* dy = op.dy.as<float>();
  if (!op.dw.absent()) {
    Gemm gemm{};
    gemm.rows = outputs, gemm.cols = inputs, gemm.depth = tokens;
    gemm.a = dy, gemm.a_row = 1, gemm.a_depth = outputs;
    gemm.write_strip = [&](const Gemm::Strip& strip) {
      write_rows(x, inputs, loops_.gemm, strip);
    };
    gemm.start = op.dw.as<float>();
    gemm.start_row = inputs;
    gemm.c = op.dw.as<float>();
    gemm_.run(gemm);
  }
  if (op.dbias.absent()) return;
  float* dbias = op.dbias.as<float>();
  split(outputs, 128, [&](int64_t begin, int64_t end) {
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t n = begin; n < end; ++n) dbias[n] += dy[t * outputs + n];
  });
}

}  // namespace xling
