// All that is benched: one line per file.
import type { BenchCase } from './case.js'
import { quantize } from './kernels/quantize.js'
import { rmsNorm } from './kernels/rms_norm.js'

