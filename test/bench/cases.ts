// All that is benched: one line per file.
import type { BenchCase } from './case.js'
import { embedding } from './kernels/embedding.js'
import { linear } from './kernels/linear.js'
import { quantize } from './kernels/quantize.js'
import { rmsNorm } from './kernels/rms_norm.js'

export const cases: readonly BenchCase[] = [...rmsNorm, ...linear, ...quantize, ...embedding]
