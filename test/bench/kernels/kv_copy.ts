import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

/** All of one slot of two, [2, heads, C, D], onto the other. */
function copy(heads: number, places: number, D: number): BenchCase {
  const shape = [2, heads, places, D]
  return {
    name: `kv_copy/${heads}x${places}x${D}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'kv_copy.forward', args: {} }],
    inputs: () => ({ keys: uniform(shape, 1), values: uniform(shape, 2) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const keys = await tensorOf(kernels, inputOf(inputs, 'keys'))
      const values = await tensorOf(kernels, inputOf(inputs, 'values'))
      return kernelSide(kernels, {
        kernel: 'kv_copy',
        fields: { keys, values, from: 0, to: 1, count: places },
        outputs: { keys, values },
        amount: 2 * 2 * 4 * heads * places * D, // keys and values, read and written
      })
    },
  }
}

export const kvCopy = [copy(3, 1920, 64)]
