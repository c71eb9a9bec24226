// The numbers of one AdamW step, derived where they still have their digits.
#pragma once

#include <cstdint>

namespace xling {

struct AdamWSettings {
  double lr = 1e-3;         // 0 or above
  double beta1 = 0.9;       // 0 or above and below 1, as beta2
  double beta2 = 0.999;
  double eps = 1e-8;        // above 0
  double weight_decay = 0;  // 0 or above; lr multiplies it (decoupled: no gradient has it)
};

// Each rounded once to f32, which could not tell 1 - 0.999 from 0.00100005.
struct AdamWNumbers {
  float beta1 = 0;
  float rest1 = 0;            // 1 - beta1
  float beta2 = 0;
  float rest2 = 0;            // 1 - beta2
  float step_size = 0;        // lr / (1 - beta1^step)
  float root_correction = 0;  // sqrt(1 - beta2^step)
  float decay = 0;            // 1 - lr * weight_decay
  float eps = 0;
};

// Of the step-th step, counted from 1. Throws for settings out of their range,
// and where f32 makes 0 of eps or infinity of the step.
AdamWNumbers adamw_numbers(const AdamWSettings& settings, int64_t step);

}  // namespace xling
