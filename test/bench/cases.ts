// All that is benched: one line per file.
import type { BenchCase } from './case.js'
import { activation } from './kernels/activation.js'
import { adamw } from './kernels/adamw.js'
import { adapterMerge } from './kernels/adapter_merge.js'
import { attention } from './kernels/attention.js'
import { attentionDecode } from './kernels/attention_decode.js'
import { contrastiveLoss } from './kernels/contrastive.js'
import { dropout } from './kernels/dropout.js'
import { embedding } from './kernels/embedding.js'
import { gatedActivation } from './kernels/gated_activation.js'
import { gradNorm } from './kernels/grad_norm.js'
import { kvCopy } from './kernels/kv_copy.js'
import { layerNorm } from './kernels/layer_norm.js'
import { linear } from './kernels/linear.js'
import { linearCrossEntropy } from './kernels/linear_cross_entropy.js'
import { loraLinear } from './kernels/lora_linear.js'
import { pool } from './kernels/pool.js'
import { quantize } from './kernels/quantize.js'
import { rmsNorm } from './kernels/rms_norm.js'
import { rope } from './kernels/rope.js'
import { sample } from './kernels/sample.js'
import { softCap } from './kernels/soft_cap.js'

export const cases: readonly BenchCase[] = [
  ...rmsNorm,
  ...layerNorm,
  ...linear,
  ...loraLinear,
  ...adapterMerge,
  ...quantize,
  ...embedding,
  ...rope,
  ...activation,
  ...gatedActivation,
  ...softCap,
  ...pool,
  ...attention,
  ...attentionDecode,
  ...kvCopy,
  ...linearCrossEntropy,
  ...contrastiveLoss,
  ...sample,
  ...dropout,
  ...adamw,
  ...gradNorm,
]
