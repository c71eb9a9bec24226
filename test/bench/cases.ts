// All that is benched: one line per file.
import type { BenchCase } from './case.js'
import { rmsNorm } from './kernels/rms_norm.js'

export const cases: readonly BenchCase[] = [...rmsNorm]
