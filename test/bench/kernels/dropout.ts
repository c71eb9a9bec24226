import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

const rate = 0.1

/** T tokens in rows of 64, at a LoRA's usual rate; the masks differ, so their means agree only over many numbers. */
function forward(T: number, D: number): BenchCase {
  return {
    name: `dropout/${T}x${D}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'dropout.forward', args: { rate } }],
    inputs: () => ({ x: uniform([T, D], 1) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const rows = T / 64
      const offsets = Int32Array.from({ length: rows + 1 }, (_, b) => 64 * b)
      const keys = Int32Array.from({ length: 3 * rows }, (_, i) => i)
      const y = await unwritten(kernels, [T, D])
      const fields = {
        x: await tensorOf(kernels, inputOf(inputs, 'x')),
        offsets: await kernels.tensor([rows + 1], { dtype: 'i32', data: offsets }),
        keys: await kernels.tensor([rows, 3], { dtype: 'i32', data: keys }),
        y,
        rate,
        seedLow: 1,
      }
      return kernelSide(kernels, { kernel: 'dropout', fields, outputs: { y } })
    },
  }
}

export const dropout = [forward(4096, 2048)]
