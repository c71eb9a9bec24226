import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

const cap = 30

/** x [T, N] in -90...90: three caps. */
function forward(T: number, N: number): BenchCase {
  return {
    name: `soft_cap/${T}x${N}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'soft_cap.forward', args: { cap } }],
    inputs: () => ({ x: uniform([T, N], 1, -3 * cap, 3 * cap) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const y = await unwritten(kernels, [T, N])
      return kernelSide(kernels, { kernel: 'soft_cap', fields: { x, y, cap }, outputs: { y } })
    },
  }
}

// Torch's is autograd's backward alone, on a graph made before.
function backward(T: number, N: number): BenchCase {
  return {
    name: `soft_cap_backward/${T}x${N}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'soft_cap.backward', args: { cap } }],
    inputs: () => ({ x: uniform([T, N], 1, -3 * cap, 3 * cap), dy: uniform([T, N], 2) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const dy = await tensorOf(kernels, inputOf(inputs, 'dy'))
      const y = await unwritten(kernels, [T, N])
      const dx = await unwritten(kernels, [T, N])
      await kernels.run('soft_cap', { x, y, cap })
      return kernelSide(kernels, { kernel: 'soft_cap_backward', fields: { y, dy, dx, cap }, outputs: { dx } })
    },
  }
}

export const softCap = [forward(64, 32768), backward(64, 32768)]
