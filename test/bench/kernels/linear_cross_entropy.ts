import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigaflopsPerSecond } from '../units.js'

/** Loss of R rows of width H over V tokens; torch's is linear, then cross_entropy, with all logits in memory. */
function loss(R: number, H: number, V: number): BenchCase {
  return {
    name: `linear_cross_entropy/${R}x${H}x${V}`,
    unit: gigaflopsPerSecond,
    peers: [{ peer: 'torch', case: 'linear_cross_entropy.forward', args: {} }],
    inputs: () => ({ x: uniform([R, H], 1), w: uniform([V, H], 2), labels: uniform([R], 3, 0, V) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const { data } = inputOf(inputs, 'w')
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      const w = await kernels.weight([V, H], { storage: 'f32', data: bytes })
      const labels = await kernels.tensor([R], { dtype: 'i32', data: Int32Array.from(inputOf(inputs, 'labels').data) })
      const lse = await unwritten(kernels, [R])
      const sum = await unwritten(kernels, [1])
      return kernelSide(kernels, {
        kernel: 'linear_cross_entropy',
        fields: { x, w, labels, lse, loss: sum },
        outputs: { lse, loss: sum },
        amount: 2 * R * H * V,
      })
    },
  }
}

export const linearCrossEntropy = [loss(256, 640, 32768)]
