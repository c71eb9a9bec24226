// Every kernel there is. A backend that lacks one of them does not compile.
#pragma once

#include "kernels/activation.h"
#include "kernels/adamw.h"
#include "kernels/adapter_merge.h"
#include "kernels/attention.h"
#include "kernels/attention_decode.h"
#include "kernels/contrastive.h"
#include "kernels/dropout.h"
#include "kernels/embedding.h"
#include "kernels/gated_activation.h"
#include "kernels/grad_norm.h"
#include "kernels/kv_copy.h"
#include "kernels/layer_norm.h"
#include "kernels/linear.h"
#include "kernels/linear_cross_entropy.h"
#include "kernels/lora_linear.h"
#include "kernels/pool.h"
#include "kernels/quantize.h"
#include "kernels/rms_norm.h"
#include "kernels/rope.h"
#include "kernels/sample.h"
#include "kernels/soft_cap.h"

namespace xling {

using Contracts = ContractList<RmsNorm, RmsNormBackward, Linear, LinearInputGrad, LinearWeightGrad, Quantize, Dequantize,
                               Embedding, EmbeddingBackward, LinearCrossEntropy, RopeTable, Rope, GatedActivation,
                               GatedActivationBackward, SoftCap, SoftCapBackward, Attention, AttentionBackward,
                               AttentionDecode, KvCopy, Sample, LoraLinear, LoraLinearBackward, AdapterMerge, Dropout,
                               AdamW, GradNorm, LayerNorm, LayerNormBackward, Activate, ActivateBackward, Pool,
                               PoolBackward, Contrastive>;

}  // namespace xling
