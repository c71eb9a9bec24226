#include "kernels/lora_linear.h"

#include <algorithm>

#include "cpu/cpu_backend.h"

namespace xling {

namespace {

// Multiply-adds that are worth a thread's while: a few microseconds.
constexpr int64_t work_per_task = 65536;
// Tokens and ranks of one task: so many tokens share one packing of a factor.
constexpr int64_t tokens_per_task = 32, ranks_per_task = 32;
// Features of one task: a few cache lines of every token.
constexpr int64_t features_per_task = 64;

using simd::LoraProduct;

// A matrix as an operand, as it lies or turned.
struct Operand {
  const float* numbers;
  int64_t row, col;  // steps
};
Operand straight(const Tensor& m) { return {m.as<const float>(), m.shape[1], 1}; }
Operand turned(const Tensor& m) { return {m.as<const float>(), 1, m.shape[1]}; }

LoraProduct product(const Operand& a, const Operand& b, int64_t depth, const Tensor& c, Write write) {
  return {c.shape[0], c.shape[1], depth, a.numbers, a.row, a.col, b.numbers, b.row, b.col, c.as<float>(), c.shape[1], write};
}

LoraProduct rows_of(LoraProduct p, int64_t begin, int64_t end) {
  p.rows = end - begin, p.a += begin * p.a_row, p.c += begin * p.c_row;
  return p;
}
LoraProduct cols_of(LoraProduct p, int64_t begin, int64_t end) {
  p.cols = end - begin, p.b += begin * p.b_col, p.c += begin;
  return p;
}

// Features that are a task's, each of which costs `work`.
int64_t features_for(int64_t work) {
  const int64_t enough = work_per_task / std::max<int64_t>(1, work);
  return std::max<int64_t>(1, enough / features_per_task) * features_per_task;
}

// p, u or du [T, R], times scale: in tasks of tokens and ranks.
void run_scaled(const LoraProduct& p, float scale, simd::LoraProductLoop loop, ThreadPool& pool) {
  const auto pieces = [](int64_t count, int64_t piece) { return (count + piece - 1) / piece; };
  const int64_t across = pieces(p.cols, ranks_per_task);
  pool.run(pieces(p.rows, tokens_per_task) * across, [&](int64_t task) {
    const int64_t token = task / across * tokens_per_task, rank = task % across * ranks_per_task;
    const LoraProduct rows = rows_of(p, token, std::min(token + tokens_per_task, p.rows));
    const LoraProduct part = cols_of(rows, rank, std::min(rank + ranks_per_task, p.cols));
    loop(part);
    for (int64_t i = 0; i < part.rows; ++i)
      for (int64_t j = 0; j < part.cols; ++j) part.c[i * part.c_row + j] *= scale;
  });
}

}  // namespace

void CpuBackend::execute(const LoraLinear& op) {
  const int64_t tokens = op.x.shape[0], inputs = op.x.shape[1], outputs = op.b.shape[0], rank = op.a.shape[0];
  run_scaled(product(straight(op.x), turned(op.a), inputs, op.u, Write::assign), op.scale, loops_.lora_product, pool_);
  const LoraProduct y = product(straight(op.u), turned(op.b), rank, op.y, Write::accumulate);
  split(outputs, features_for(tokens * rank),
        [&](int64_t begin, int64_t end) { loops_.lora_product(cols_of(y, begin, end)); });
}

void CpuBackend::execute(const LoraLinearBackward& op) {
  const int64_t tokens = op.x.shape[0], inputs = op.x.shape[1], outputs = op.b.shape[0], rank = op.a.shape[0];
  const int64_t piece = features_for(tokens * rank);
  if (!op.db.absent()) {
    const LoraProduct db = product(turned(op.dy), straight(op.u), tokens, op.db, Write::accumulate);
    split(outputs, piece, [&](int64_t begin, int64_t end) { loops_.lora_product(rows_of(db, begin, end)); });
  }
  if (op.da.absent() && op.dx.absent()) return;
  run_scaled(product(straight(op.dy), straight(op.b), outputs, op.du, Write::assign), op.scale, loops_.lora_product, pool_);
  if (!op.da.absent()) {
    const LoraProduct da = product(turned(op.du), straight(op.x), tokens, op.da, Write::accumulate);
    split(inputs, piece, [&](int64_t begin, int64_t end) { loops_.lora_product(cols_of(da, begin, end)); });
  }
  if (!op.dx.absent()) {
    const LoraProduct dx = product(straight(op.du), straight(op.a), rank, op.dx, Write::accumulate);
    split(inputs, piece, [&](int64_t begin, int64_t end) { loops_.lora_product(cols_of(dx, begin, end)); });
  }
}

}  // namespace xling
