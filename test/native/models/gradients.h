// Gradients of whatever trains, and what they must be.
#pragma once

#include <cmath>
#include <vector>

#include "models/trainables.h"

namespace xling::test {

using Floats = std::vector<float>;

template <class Model>
std::vector<Floats> gradients_of(Model& model, const Trainables& trainables) {
  std::vector<Floats> out;
  for (size_t i = 0; i < trainables.entries().size(); ++i) out.push_back(model.read(trainables.gradient(i)));
  return out;
}

// The largest distance between a gradient's entry and the slope that two losses give, relative to the gradient's own
// largest entry; `loss` is called with the entry moved by ±step.
template <class Model, class Loss>
double off_slope(Model& model, const Trainables& trainables, size_t entry, const Loss& loss) {
  const Tensor& value = trainables.entries()[entry].value;
  const Floats gradient = model.read(trainables.gradient(entry));
  const size_t count = gradient.size();
  double largest = 1e-3, worst = 0;
  for (const float one : gradient) largest = std::max(largest, std::abs(double(one)));
  for (const size_t at : {size_t{0}, count / 3, count / 2 + 1, count - 1}) {
    float* number = value.as<float>() + std::min(at, count - 1);
    const float middle = *number;
    constexpr float step = 0x1p-6f;
    *number = middle + step;
    const double up = loss();
    *number = middle - step;
    const double down = loss();
    *number = middle;
    worst = std::max(worst, std::abs((up - down) / (2.0 * step) - gradient[std::min(at, count - 1)]) / largest);
  }
  return worst;
}

}  // namespace xling::test
