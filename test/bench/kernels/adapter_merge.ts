import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf } from '../kernel-side.js'
import { gigaflopsPerSecond } from '../units.js'

const scale = 2

/** w [N, K] += scale · b · a, of rank R. w grows with every repeat, on both sides. */
function merge(N: number, K: number, R: number): BenchCase {
  return {
    name: `adapter_merge/${N}x${K}r${R}`,
    unit: gigaflopsPerSecond,
    peers: [{ peer: 'torch', case: 'adapter_merge.merge', args: { scale } }],
    inputs: () => ({ a: uniform([R, K], 1), b: uniform([N, R], 2), w: uniform([N, K], 3) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const a = await tensorOf(kernels, inputOf(inputs, 'a'))
      const b = await tensorOf(kernels, inputOf(inputs, 'b'))
      const w = await tensorOf(kernels, inputOf(inputs, 'w'))
      return kernelSide(kernels, {
        ...{ kernel: 'adapter_merge', fields: { a, b, w, y: w, scale } },
        ...{ outputs: { w }, amount: 2 * N * K * R },
      })
    },
  }
}

// Of Gemma 3 270M's MLP, and of a projection of an 8-billion-parameter Llama.
export const adapterMerge = [merge(2048, 640, 8), merge(4096, 4096, 8), merge(4096, 4096, 64)]
