#include "kernels/linear.h"

#include <cmath>

#include "check.h"
#include "kernels/fixture.h"
#include "kernels/quantize.h"

namespace {

using namespace xling;
using test::Placed;
using test::Prepared;
using Floats = std::vector<float>;

struct Problem {
  int64_t rows, inputs, outputs;
  Floats x, w, bias, dy;

  Problem(int64_t t, int64_t k, int64_t n) : rows(t), inputs(k), outputs(n) {
    x = test::random_numbers(size_t(t * k), 1);
    w = test::random_numbers(size_t(n * k), 2);
    bias = test::random_numbers(size_t(n), 3);
    dy = test::random_numbers(size_t(t * n), 4);
  }
};

struct Outcome {
  Floats y, dx, dw, dbias;
  bool operator==(const Outcome& o) const { return y == o.y && dx == o.dx && dw == o.dw && dbias == o.dbias; }
};

// Outputs start from `start`, which an assignment must not see; a forward adds to it as its own residual.
Outcome run(const std::shared_ptr<Backend>& backend, const Problem& p, Write write = Write::assign, float start = 0, bool biased = true,
            Layout layout = Layout::rows) {
  const auto filled = [&](int64_t n) { return Floats(size_t(n), start); };
  const Placed x(backend, {p.rows, p.inputs}, p.x), w(backend, {p.outputs, p.inputs}, p.w), bias(backend, {p.outputs}, p.bias);
  const Placed dy(backend, {p.rows, p.outputs}, p.dy);
  const Placed y(backend, {p.rows, p.outputs}, filled(p.rows * p.outputs)), dx(backend, {p.rows, p.inputs}, filled(p.rows * p.inputs));
  const Placed dw(backend, {p.outputs, p.inputs}, filled(p.outputs * p.inputs)), dbias(backend, {p.outputs}, filled(p.outputs));
  const Prepared frozen(backend, Storage::f32, {p.outputs, p.inputs}, p.w.data());
  const Weight weight = layout == Layout::rows ? test::in_rows(w) : frozen;
  backend->run(Linear{x, weight, biased ? Tensor(bias) : Tensor{}, write == Write::accumulate ? Tensor(y) : Tensor{}, y});
  backend->run(LinearInputGrad{dy, weight, dx, write});
  backend->run(LinearWeightGrad{x, dy, dw, dbias});
  return {y.read(), dx.read(), dw.read(), dbias.read()};
}

// The contract to the letter: one chain per output, with this multiply-add.
template <class MultiplyAdd>
Outcome chains(const Problem& p, float start, bool biased, Write write, const MultiplyAdd& fma) {
  Outcome out;
  const bool adds = write == Write::accumulate;
  for (int64_t t = 0; t < p.rows; ++t)
    for (int64_t n = 0; n < p.outputs; ++n) {
      float acc = adds && biased ? start + p.bias[n] : adds ? start : biased ? p.bias[n] : 0.0f;
      for (int64_t k = 0; k < p.inputs; ++k) acc = fma(p.x[t * p.inputs + k], p.w[n * p.inputs + k], acc);
      out.y.push_back(acc);
    }
  for (int64_t t = 0; t < p.rows; ++t)
    for (int64_t k = 0; k < p.inputs; ++k) {
      float acc = adds ? start : 0.0f;
      for (int64_t n = 0; n < p.outputs; ++n) acc = fma(p.dy[t * p.outputs + n], p.w[n * p.inputs + k], acc);
      out.dx.push_back(acc);
    }
  for (int64_t n = 0; n < p.outputs; ++n) {
    for (int64_t k = 0; k < p.inputs; ++k) {
      float acc = start;
      for (int64_t t = 0; t < p.rows; ++t) acc = fma(p.dy[t * p.outputs + n], p.x[t * p.inputs + k], acc);
      out.dw.push_back(acc);
    }
    float acc = start;
    for (int64_t t = 0; t < p.rows; ++t) acc += p.dy[t * p.outputs + n];
    out.dbias.push_back(acc);
  }
  return out;
}

Outcome chains_on(const simd::Loops& loops, const Problem& p, float start, bool biased, Write write) {
  if (std::string(loops.isa) == "portable")
    return chains(p, start, biased, write, [](float a, float b, float c) { return a * b + c; });
  return chains(p, start, biased, write, [](float a, float b, float c) { return std::fma(a, b, c); });
}

// One row, odd sizes, more than one block of depth (256) and of rows (192); empty in each direction.
const int64_t shapes[][3] = {{1, 1, 1}, {1, 72, 65}, {7, 65, 33}, {5, 300, 31}, {13, 513, 17}, {195, 40, 50},
                             {2, 16, 4100}, {0, 8, 8}, {3, 0, 9}, {3, 9, 0}};

TEST("linear: every output and gradient is the chain of its contract, to the last bit, on every ISA") {
  for (const auto* loops : test::all_loops())
    for (const auto& [rows, inputs, outputs] : shapes) {
      const Problem p(rows, inputs, outputs);
      CHECK(run(test::cpu_with(*loops, 2), p) == chains_on(*loops, p, 0, true, Write::assign));
    }
}

TEST("linear: assignment overwrites, accumulation starts from what is there, a bias may be absent") {
  for (const auto* loops : test::all_loops()) {
    const Problem p(9, 300, 37);
    for (bool biased : {false, true})
      for (Write write : {Write::assign, Write::accumulate})
        CHECK(run(test::cpu_with(*loops, 2), p, write, 3.5f, biased) == chains_on(*loops, p, 3.5f, biased, write));
  }
}

TEST("linear: equals the sum in f64 within the rounding of a chain") {
  const Problem p(33, 640, 70);
  const auto got = run(test::cpu_with(chosen_isa(), 2), p);
  for (int64_t t = 0; t < p.rows; ++t)
    for (int64_t n = 0; n < p.outputs; ++n) {
      double sum = p.bias[n], size = std::abs(p.bias[n]);
      for (int64_t k = 0; k < p.inputs; ++k) {
        const double term = double(p.x[t * p.inputs + k]) * p.w[n * p.inputs + k];
        sum += term;
        size += std::abs(term);
      }
      // Higham, Accuracy and Stability, eq. 3.5: |error| <= K u sum|terms|.
      CHECK_NEAR(got.y[t * p.outputs + n], sum, 640 * 0x1p-24 * size);
    }
}

TEST("linear: 1 to 512 rows give each row the same bits") {
  const auto backend = test::cpu_with(chosen_isa(), 2);
  const Problem all(512, 96, 65);
  const auto whole = run(backend, all);
  for (int64_t rows : {1, 2, 3, 5, 6, 7, 11, 12, 13, 64, 191, 192, 193, 385, 511}) {
    Problem part(rows, 96, 65);
    part.x.assign(all.x.begin(), all.x.begin() + rows * 96);
    part.dy.assign(all.dy.begin(), all.dy.begin() + rows * 65);
    const auto got = run(backend, part);
    CHECK(got.y == Floats(whole.y.begin(), whole.y.begin() + rows * 65));
    CHECK(got.dx == Floats(whole.dx.begin(), whole.dx.begin() + rows * 96));
  }
}

TEST("linear: threads 1 = 2 = 3, to the last bit, on every ISA") {
  // Above and below the number of rows (192) at which the blocking changes; the last block of depth is short.
  for (const auto* loops : test::all_loops())
    for (int64_t rows : {33, 200}) {
      const Problem p(rows, 640, 150);
      const auto one = run(test::cpu_with(*loops, 1), p);
      for (int repeat = 0; repeat < 5; ++repeat)
        for (int threads : {2, 3}) CHECK(run(test::cpu_with(*loops, threads), p) == one);
    }
}

TEST("linear: a frozen weight gives the bits of the same weight in rows") {
  for (const auto* loops : test::all_loops())
    for (const auto& [rows, inputs, outputs] : shapes) {
      const Problem p(rows, inputs, outputs);
      for (Write write : {Write::assign, Write::accumulate})
        for (bool biased : {false, true})
          CHECK(run(test::cpu_with(*loops, 2), p, write, 2.5f, biased, Layout::prepared) ==
                run(test::cpu_with(*loops, 2), p, write, 2.5f, biased));
    }
}

TEST("linear: a frozen weight gives 1 to 512 rows, alone or together, the same bits") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 2);
    const Problem all(512, 96, 65);
    const auto whole = run(backend, all, Write::assign, 0, true, Layout::prepared);
    for (int64_t rows : {1, 2, 3, 4, 5, 8, 9, 191, 192, 193, 511}) {
      Problem part(rows, 96, 65);
      part.x.assign(all.x.begin(), all.x.begin() + rows * 96);
      const auto got = run(backend, part, Write::assign, 0, true, Layout::prepared);
      CHECK(got.y == Floats(whole.y.begin(), whole.y.begin() + rows * 65));
    }
  }
}

TEST("linear: a residual that is not y is added and left as it is") {
  const auto backend = test::cpu_with(chosen_isa(), 2);
  const Problem p(7, 40, 21);
  const Placed x(backend, {7, 40}, p.x), w(backend, {21, 40}, p.w), bias(backend, Shape{21}, p.bias), residual(backend, {7, 21}, p.dy);
  const Placed y(backend, {7, 21}, Floats(7 * 21, 9.0f)), sum(backend, {7, 21}, p.dy);
  backend->run(Linear{x, test::in_rows(w), bias, residual, y});
  backend->run(Linear{x, test::in_rows(w), bias, sum, sum});
  CHECK(y.read() == sum.read());
  CHECK(residual.read() == p.dy);
}

TEST("linear: on every storage it equals the same kernel on the decoded weight, to the last bit") {
  // Panels end unevenly; few rows in one and in two passes, more, and more than a task of the GEMM.
  for (const auto* loops : test::all_loops())
    for (int32_t number = 0; number < storage_count; ++number) {
      const auto storage = static_cast<Storage>(number);
      const int64_t outputs = 141, inputs = 512;
      const auto backend = test::cpu_with(*loops, 2);
      const auto bytes = test::random_bytes(storage, {outputs, inputs}, 7);
      const Prepared w(backend, storage, {outputs, inputs}, bytes.data());
      const Placed blocks(backend, {int64_t(bytes.size())}, DType::u8), decoded(backend, {outputs, inputs});
      backend->write(Tensor(blocks).data, bytes.data(), bytes.size());
      backend->run(Dequantize{blocks, decoded, storage});
      for (int64_t rows : {1, 2, 3, 4, 7, 9, 200}) {
        const Placed x(backend, {rows, inputs}, test::random_numbers(rows * inputs, 1));
        const Placed dy(backend, {rows, outputs}, test::random_numbers(rows * outputs, 2));
        const Placed y(backend, {rows, outputs}), dx(backend, {rows, inputs}), wanted_y(backend, {rows, outputs}), wanted_dx(backend, {rows, inputs});
        backend->run(Linear{x, w, {}, {}, y});
        backend->run(Linear{x, test::in_rows(decoded), {}, {}, wanted_y});
        backend->run(LinearInputGrad{dy, w, dx, Write::assign});
        backend->run(LinearInputGrad{dy, test::in_rows(decoded), wanted_dx, Write::assign});
        CHECK(wanted_y.read() != Floats(rows * outputs, 0.0f));
        CHECK(y.read() == wanted_y.read());
        CHECK(dx.read() == wanted_dx.read());
      }
    }
}

TEST("linear: what does not fit is refused with the tensor's name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {2, 3}), w(backend, {4, 3}), bias(backend, Shape{4}), y(backend, {2, 4}), half(backend, {2, 4}, DType::bf16);
  const auto forward = [&](Tensor a, Tensor b, Tensor c, Tensor d) { backend->run(Linear{a, test::in_rows(b), c, {}, d}); };
  CHECK_THROWS(ErrorCode::invalid_shape, "x is [4] but must be a matrix", forward(bias, w, bias, y));
  CHECK_THROWS(ErrorCode::invalid_dtype, "y is bf16", forward(x, w, bias, half));
  CHECK_THROWS(ErrorCode::invalid_shape, "y is [4, 3] but must be [2, 3]", forward(x, w, {}, w));
  CHECK_THROWS(ErrorCode::invalid_shape, "w is [2, 3] but must be [4, 3]", forward(x, x, bias, y));
  const Placed square(backend, {4, 4}), other(backend, {4, 4}), twelve(backend, {3, 4});
  const Weight grid = test::in_rows(square);
  CHECK_THROWS(ErrorCode::invalid_argument, "linear: y lies over one of its inputs", forward(square, other, {}, square));
  CHECK_THROWS(ErrorCode::invalid_argument, "linear: y lies over", forward(other, square, {}, square));
  Tensor tail = twelve, head = twelve;
  tail.data = static_cast<float*>(tail.data) + 4, tail.shape = head.shape = {2, 4};
  CHECK_THROWS(ErrorCode::invalid_argument, "linear: y lies over", backend->run(Linear{x, test::in_rows(w), {}, tail, head}));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over", backend->run(LinearInputGrad{other, grid, square, Write::assign}));
  CHECK_THROWS(ErrorCode::invalid_argument, "dx lies over", backend->run(LinearInputGrad{square, test::in_rows(other), square, Write::assign}));
  CHECK_THROWS(ErrorCode::invalid_argument, "dw lies over", backend->run(LinearWeightGrad{square, other, square, {}}));
  Weight half_rows = test::in_rows(w);
  half_rows.storage = Storage::bf16;
  CHECK_THROWS(ErrorCode::invalid_argument, "w is bf16 in rows; only f32 can be", backend->run(Linear{x, half_rows, bias, {}, y}));
  CHECK_THROWS(ErrorCode::invalid_shape, "residual is [2, 3] but must be [2, 4]", backend->run(Linear{x, test::in_rows(w), bias, x, y}));
  CHECK_THROWS(ErrorCode::invalid_shape, "q8_0", (void)backend->weight_bytes(Storage::q8_0, 4, 3));  // 3 columns make no block
  CHECK_THROWS(ErrorCode::invalid_shape, "bias is [2, 3] but must be [4]", forward(x, w, x, y));
  CHECK_THROWS(ErrorCode::invalid_shape, "dx is [4, 3] but must be [2, 3]", backend->run(LinearInputGrad{y, test::in_rows(w), w, Write::assign}));
  CHECK_THROWS(ErrorCode::invalid_shape, "dw is [2, 3] but must be [4, 3]", backend->run(LinearWeightGrad{x, y, x, {}}));
  CHECK_THROWS(ErrorCode::invalid_shape, "dy is [4, 3] but must be [2, 3]", backend->run(LinearWeightGrad{x, w, w, {}}));
  CHECK_THROWS(ErrorCode::invalid_shape, "dbias is [2, 3] but must be [4]", backend->run(LinearWeightGrad{x, y, w, x}));
}

}  // namespace
