#include "kernels/adamw_numbers.h"

#include <cmath>

#include "core/error.h"

namespace xling {

namespace {

void expect_at_least_0(const char* setting, double got) {
  if (!(got >= 0) || std::isinf(got))
    fail(ErrorCode::invalid_argument, "adamw: ", setting, " is ", got, " but must be finite and at least 0");
}

void expect_share(const char* setting, double got) {
  if (!(got >= 0 && got < 1))
    fail(ErrorCode::invalid_argument, "adamw: ", setting, " is ", got, " but must be at least 0 and below 1");
}

}  // namespace

AdamWNumbers adamw_numbers(const AdamWSettings& settings, int64_t step) {
  expect_at_least_0("lr", settings.lr);
  expect_share("beta1", settings.beta1);
  expect_share("beta2", settings.beta2);
  expect_at_least_0("weight_decay", settings.weight_decay);
  const auto eps = static_cast<float>(settings.eps);
  if (!(eps > 0) || std::isinf(eps))
    fail(ErrorCode::invalid_argument, "adamw: eps is ", settings.eps, " but must be a number that f32 holds, above 0");
  if (step < 1) fail(ErrorCode::invalid_argument, "adamw: step is ", step, " but the first one is 1");

  const auto taken = static_cast<double>(step);
  AdamWNumbers numbers;
  numbers.beta1 = static_cast<float>(settings.beta1);
  numbers.rest1 = static_cast<float>(1 - settings.beta1);
  numbers.beta2 = static_cast<float>(settings.beta2);
  numbers.rest2 = static_cast<float>(1 - settings.beta2);
  numbers.step_size = static_cast<float>(settings.lr / (1 - std::pow(settings.beta1, taken)));
  numbers.root_correction = static_cast<float>(std::sqrt(1 - std::pow(settings.beta2, taken)));
  numbers.decay = static_cast<float>(1 - settings.lr * settings.weight_decay);
  numbers.eps = eps;
  if (std::isinf(numbers.step_size) || std::isinf(numbers.decay))
    fail(ErrorCode::invalid_argument, "adamw: lr is ", settings.lr, " with weight_decay ", settings.weight_decay,
         ", a step that f32 does not hold");
  return numbers;
}

}  // namespace xling
