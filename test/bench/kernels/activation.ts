import { type Activation, Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

/** x [T, N] in -8...8, where no activation is flat. */
function inputsOf(T: number, N: number) {
  return { x: uniform([T, N], 1, -8, 8) }
}

function forward(T: number, N: number, activation: Activation): BenchCase {
  return {
    name: `activation/${activation}/${T}x${N}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'activation.forward', args: { activation } }],
    inputs: () => inputsOf(T, N),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const y = await unwritten(kernels, [T, N])
      return kernelSide(kernels, { kernel: 'activation', fields: { x, y, activation }, outputs: { y } })
    },
  }
}

// Torch's is autograd's backward alone, on a graph made before.
function backward(T: number, N: number, activation: Activation): BenchCase {
  return {
    name: `activation_backward/${activation}/${T}x${N}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'activation.backward', args: { activation } }],
    inputs: () => ({ ...inputsOf(T, N), dy: uniform([T, N], 2) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const dy = await tensorOf(kernels, inputOf(inputs, 'dy'))
      const dx = await unwritten(kernels, [T, N])
      return kernelSide(kernels, { kernel: 'activation_backward', fields: { x, dy, dx, activation }, outputs: { dx } })
    },
  }
}

export const activation = [forward(2048, 1536, 'gelu'), backward(2048, 1536, 'gelu')]
