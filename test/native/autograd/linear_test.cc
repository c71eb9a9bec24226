#include "autograd/linear.h"

#include <cmath>

#include "backend/workspace.h"
#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;
using Floats = std::vector<float>;

constexpr int64_t rows = 5, inputs = 9, outputs = 4;

// Two layers on one residual stream: s1 = s0 + a(s0), loss = sum(dy · s1), in f64.
double loss(const Floats& x, const Floats& w, const Floats& bias, const Floats& back, const Floats& dy) {
  double sum = 0;
  for (int64_t t = 0; t < rows; ++t)
    for (int64_t k = 0; k < inputs; ++k) {
      double s = x[size_t(t * inputs + k)];
      for (int64_t n = 0; n < outputs; ++n) {
        double h = bias[size_t(n)];
        for (int64_t j = 0; j < inputs; ++j) h += double(x[size_t(t * inputs + j)]) * w[size_t(n * inputs + j)];
        s += h * back[size_t(k * outputs + n)];
      }
      sum += s * dy[size_t(t * inputs + k)];
    }
  return sum;
}

// The loss is linear in every single entry, so one difference of any size is its gradient.
void check_gradient(Floats& values, const Floats& gradient, const std::function<double()>& of) {
  for (size_t i = 0; i < values.size(); ++i) {
    const float middle = values[i];
    values[i] = middle + 1;
    const double above = of();
    values[i] = middle - 1;
    const double below = of();
    values[i] = middle;
    CHECK_NEAR(gradient[i], (above - below) / 2, 1e-5 * (1 + std::abs(above)));  // f32 sums of at most 20 terms
  }
}

TEST("linear: a bias trains alone where its weight is frozen") {
  const auto backend = test::cpu_with(chosen_isa(), 2);
  const Placed x(backend, {3, 4}, test::random_numbers(12, 1)), w(backend, {5, 4}, test::random_numbers(20, 2));
  const Placed bias(backend, Shape{5}, test::random_numbers(5, 3)), dbias(backend, Shape{5});
  const Placed y(backend, {3, 5}), dy(backend, {3, 5}, test::random_numbers(15, 4));
  Workspace workspace(backend);
  workspace.reserve(1 << 16);
  Tape tape;
  Pass pass{*backend, workspace.arena(), &tape};
  linear(pass, {x, {}}, {test::in_rows(w), {}, {bias, dbias}}, {}, {y, dy});
  tape.backward(workspace.arena());
  const auto got = dbias.read(), from = dy.read();
  for (size_t n = 0; n < 5; ++n) CHECK_EQ(got[n], from[n] + from[5 + n] + from[10 + n]);
}

TEST("linear on the tape: gradients of input, weight and bias pass a residual stream whose gradient is shared") {
  for (const auto* loops : test::all_loops()) {
    const auto backend = test::cpu_with(*loops, 2);
    Floats x = test::random_numbers(rows * inputs, 1), w = test::random_numbers(outputs * inputs, 2);
    Floats bias = test::random_numbers(outputs, 3), back = test::random_numbers(inputs * outputs, 4);
    const Floats dy = test::random_numbers(rows * inputs, 5);
    const Placed px(backend, {rows, inputs}, x), pw(backend, {outputs, inputs}, w), pb(backend, {outputs}, bias);
    const Placed pback(backend, {inputs, outputs}, back), stream_grad(backend, {rows, inputs}, dy);
    const Placed dw(backend, {outputs, inputs}), db(backend, Shape{outputs}), dback(backend, {inputs, outputs});
    const Placed h(backend, {rows, outputs}), dh(backend, {rows, outputs}), s(backend, {rows, inputs});
    Workspace workspace(backend);
    workspace.reserve(1 << 16);
    Tape tape;
    Pass pass{*backend, workspace.arena(), &tape};
    linear(pass, {px, stream_grad}, {test::in_rows(pw), dw, {pb, db}}, {}, {h, dh});
    linear(pass, {h, dh}, {test::in_rows(pback), dback, {}}, px, {s, stream_grad});
    CHECK_EQ(tape.size(), size_t{2});
    tape.backward(workspace.arena());

    const auto of = [&] { return loss(x, w, bias, back, dy); };
    check_gradient(x, stream_grad.read(), of);
    check_gradient(w, dw.read(), of);
    check_gradient(bias, db.read(), of);
    check_gradient(back, dback.read(), of);
  }
}

TEST("linear on the tape: what is frozen leaves no node") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed x(backend, {2, 3}), w(backend, {4, 3}), y(backend, {2, 4});
  Workspace workspace(backend);
  Tape tape;
  Pass training{*backend, workspace.arena(), &tape}, inference{*backend, workspace.arena()};
  linear(training, {x, {}}, {test::in_rows(w), {}, {}}, {}, {y, {}});
  linear(inference, {x, x}, {test::in_rows(w), {}, {}}, {}, {y, {}});
  CHECK_EQ(tape.size(), size_t{0});
}

}  // namespace
