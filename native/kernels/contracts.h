// Every kernel there is. A backend that lacks one of them does not compile.
#pragma once

#include "kernels/embedding.h"
#include "kernels/linear.h"
#include "kernels/quantize.h"
#include "kernels/rms_norm.h"

namespace xling {

using Contracts = ContractList<RmsNorm, RmsNormBackward, Linear, LinearInputGrad, LinearWeightGrad, Quantize, Dequantize,
                               Embedding>;

}  // namespace xling
