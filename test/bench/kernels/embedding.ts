import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

/** T rows of a table [V, D], ids spread over it; the ids travel as numbers and become i32 on both sides. */
function pick(T: number, V: number, D: number): BenchCase {
  return {
    name: `embedding/${T}x${V}x${D}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'embedding.forward', args: {} }],
    inputs: () => ({ ids: uniform([T], 1, 0, V), w: uniform([V, D], 2) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const ids = await kernels.tensor([T], { dtype: 'i32', data: Int32Array.from(inputOf(inputs, 'ids').data) })
      const w = await tensorOf(kernels, inputOf(inputs, 'w'))
      const y = await unwritten(kernels, [T, D])
      return kernelSide(kernels, {
        kernel: 'embedding',
        fields: { ids, w, y },
        outputs: { y },
        amount: 2 * 4 * T * D, // a row read, a row written
      })
    },
  }
}

/** The gradient of the table, added to it as it is; see the peer for why it is torch's index_add_. */
function gradient(T: number, V: number, D: number): BenchCase {
  return {
    name: `embedding_backward/${T}x${V}x${D}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'embedding.backward', args: { V } }],
    inputs: () => ({ ids: uniform([T], 1, 0, V), dy: uniform([T, D], 2) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const ids = await kernels.tensor([T], { dtype: 'i32', data: Int32Array.from(inputOf(inputs, 'ids').data) })
      const dy = await tensorOf(kernels, inputOf(inputs, 'dy'))
      // Added to, so it starts from zero.
      const dw = await kernels.tensor([V, D])
      return kernelSide(kernels, {
        kernel: 'embedding_backward',
        fields: { ids, dy, dw },
        outputs: { dw },
        amount: 3 * 4 * T * D, // a row read, a row added to
      })
    },
  }
}

export const embedding = [pick(2048, 32768, 640), gradient(2048, 32768, 640)]
