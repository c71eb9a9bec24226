#include "kernels/linear.h"

#include <algorithm>
#include <array>

#include "cpu/cpu_backend.h"
#include "cpu/decode/decode_row.h"
#include "cpu/gemm/gemm.h"

namespace xling {

namespace {

// A weight's rows as f32: in place where they lie so, else decoded.
class WeightRows {
 public:
  WeightRows(const Tensor& w, Storage storage, int64_t rows, int64_t cols) : matrix_{storage, w.data, rows, cols} {}

  int64_t cols() const { return matrix_.cols; }

  // Where w[row, col] lies; null if it must be decoded.
  const float* in_place(int64_t row, int64_t col) const {
    if (matrix_.storage != Storage::f32) return nullptr;
    return static_cast<const float*>(matrix_.data) + row * matrix_.cols + col;
  }
  // w[row, first … first+count); `first` is a multiple of every storage's block.
  void decode(int64_t row, int64_t first, int64_t count, float* out) const { decode_row(matrix_, row, first, count, out); }

 private:
  StoredMatrix matrix_;
};

// The widest block of any storage: pieces of rows that begin at its multiples
// are whole in all of them.
constexpr int64_t piece = 256;
static_assert(gemm_depth_block % piece == 0);

// B[k,n] = w[n,k]: rows of the weight become columns of one panel.
void write_transposed(const WeightRows& weight, const simd::GemmLoops& loops, const Gemm::Strip& strip) {
  std::array<float, simd::max_tile_cols * piece> decoded;
  const float* from = weight.in_place(strip.col_begin, strip.depth_begin);
  int64_t stride = weight.cols();
  if (!from) {
    stride = strip.depth_count;
    for (int64_t j = 0; j < strip.col_count; ++j)
      weight.decode(strip.col_begin + j, strip.depth_begin, stride, decoded.data() + j * stride);
    from = decoded.data();
  }
  loops.pack_cols({from, stride, 1, strip.col_count, strip.depth_count, strip.out});
}

// A few rows of a strip, as they lie: B[first + k, j] = from[k·stride + j].
struct Rows {
  const float* from;
  int64_t stride, first, count;
};

void write_rows(const Rows& rows, const simd::GemmLoops& loops, const Gemm::Strip& strip) {
  for (int64_t j = 0; j < strip.col_count; j += strip.panel_cols)
    loops.pack_cols({rows.from + j, 1, rows.stride, std::min(strip.panel_cols, strip.col_count - j), rows.count,
                     strip.column(j) + rows.first * strip.panel_cols});
}

// B[k,j] = w[k,j], decoded a few rows at a time where it must be.
void write_weight_rows(const WeightRows& weight, const simd::GemmLoops& loops, const Gemm::Strip& strip) {
  const float* in_place = weight.in_place(strip.depth_begin, strip.col_begin);
  if (in_place) return write_rows({in_place, weight.cols(), 0, strip.depth_count}, loops, strip);
  constexpr int64_t few = 16;
  std::array<float, few * piece> decoded;
  for (int64_t k = 0; k < strip.depth_count; k += few) {
    const int64_t count = std::min(few, strip.depth_count - k);
    for (int64_t i = 0; i < count; ++i)
      weight.decode(strip.depth_begin + k + i, strip.col_begin, strip.col_count, decoded.data() + i * piece);
    write_rows({decoded.data(), piece, k, count}, loops, strip);
  }
}

}  // namespace

void CpuBackend::execute(const Linear& op) {
  const int64_t rows = op.x.shape[0], inputs = op.x.shape[1], outputs = op.y.shape[1];
  const WeightRows weight(op.w, op.storage, outputs, inputs);
  float* y = op.y.as<float>();
  const bool accumulate = op.y_write == Write::accumulate;
  const float* bias = op.bias.as<float>();
  // With both, the chain starts from their sum.
  if (accumulate && bias)
    split(rows, 64, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t)
        for (int64_t n = 0; n < outputs; ++n) y[t * outputs + n] += bias[n];
    });
  Gemm gemm{};
  gemm.rows = rows, gemm.cols = outputs, gemm.depth = inputs;
  gemm.a = op.x.as<float>(), gemm.a_row = inputs, gemm.a_depth = 1;
  gemm.write_strip = [&](const Gemm::Strip& strip) { write_transposed(weight, loops_.gemm, strip); };
  gemm.start = accumulate ? y : bias;
  gemm.start_row = accumulate ? outputs : 0;
  gemm.c = y;
  gemm_.run(gemm);
}

void CpuBackend::execute(const LinearInputGrad& op) {
  const int64_t rows = op.dy.shape[0], outputs = op.dy.shape[1], inputs = op.dx.shape[1];
  const WeightRows weight(op.w, op.storage, outputs, inputs);
  Gemm gemm{};
  gemm.rows = rows, gemm.cols = inputs, gemm.depth = outputs;
  gemm.a = op.dy.as<float>(), gemm.a_row = outputs, gemm.a_depth = 1;
  gemm.strip_cols = op.storage == Storage::f32 ? 0 : piece;  // whole blocks, so that each is decoded once
  gemm.write_strip = [&](const Gemm::Strip& strip) { write_weight_rows(weight, loops_.gemm, strip); };
  gemm.start = op.dx_write == Write::accumulate ? op.dx.as<float>() : nullptr;
  gemm.start_row = inputs;
  gemm.c = op.dx.as<float>();
  gemm_.run(gemm);
}

void CpuBackend::execute(const LinearWeightGrad& op) {
  const int64_t tokens = op.x.shape[0], inputs = op.x.shape[1], outputs = op.dy.shape[1];
  const float* x = op.x.as<float>();
  const float* dy = op.dy.as<float>();
  Gemm gemm{};
  gemm.rows = outputs, gemm.cols = inputs, gemm.depth = tokens;
  gemm.a = dy, gemm.a_row = 1, gemm.a_depth = outputs;
  gemm.write_strip = [&](const Gemm::Strip& strip) {
    write_rows({x + strip.depth_begin * inputs + strip.col_begin, inputs, 0, strip.depth_count}, loops_.gemm, strip);
  };
  gemm.start = op.dw.as<float>();
  gemm.start_row = inputs;
  gemm.c = op.dw.as<float>();
  gemm_.run(gemm);
  if (op.dbias.absent()) return;
  float* dbias = op.dbias.as<float>();
  split(outputs, 128, [&](int64_t begin, int64_t end) {
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t n = begin; n < end; ++n) dbias[n] += dy[t * outputs + n];
  });
}

}  // namespace xling
