import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

function length(N: number): BenchCase {
  return {
    name: `grad_norm/${N}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'grad_norm.length', args: {} }],
    inputs: () => ({ g: uniform([N], 1) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const g = await tensorOf(kernels, inputOf(inputs, 'g'))
      const norm = await unwritten(kernels, [1])
      return kernelSide(kernels, { kernel: 'grad_norm', fields: { g, norm }, outputs: { norm } })
    },
  }
}

export const gradNorm = [length(2 ** 24)]
