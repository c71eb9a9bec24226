import { type Activation, Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

/** gate and up [T, N]; gates in -8...8, where neither activation is flat. */
function inputsOf(T: number, N: number) {
  return { gate: uniform([T, N], 1, -8, 8), up: uniform([T, N], 2) }
}

function forward(T: number, N: number, activation: Activation): BenchCase {
  return {
    name: `gated_activation/${activation}/${T}x${N}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'gated_activation.forward', args: { activation } }],
    inputs: () => inputsOf(T, N),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const gate = await tensorOf(kernels, inputOf(inputs, 'gate'))
      const up = await tensorOf(kernels, inputOf(inputs, 'up'))
      const y = await unwritten(kernels, [T, N])
      return kernelSide(kernels, { kernel: 'gated_activation', fields: { gate, up, y, activation }, outputs: { y } })
    },
  }
}

// Torch's is autograd's backward alone, on a graph made before.
function backward(T: number, N: number, activation: Activation): BenchCase {
  return {
    name: `gated_activation_backward/${activation}/${T}x${N}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'gated_activation.backward', args: { activation } }],
    inputs: () => ({ ...inputsOf(T, N), dy: uniform([T, N], 3) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const gate = await tensorOf(kernels, inputOf(inputs, 'gate'))
      const up = await tensorOf(kernels, inputOf(inputs, 'up'))
      const dy = await tensorOf(kernels, inputOf(inputs, 'dy'))
      const dgate = await unwritten(kernels, [T, N])
      const dup = await unwritten(kernels, [T, N])
      return kernelSide(kernels, {
        kernel: 'gated_activation_backward',
        fields: { gate, up, dy, dgate, dup, activation },
        outputs: { dgate, dup },
      })
    },
  }
}

export const gatedActivation = [
  forward(2048, 2048, 'silu'),
  forward(2048, 2048, 'gelu_tanh'),
  backward(2048, 2048, 'silu'),
  backward(2048, 2048, 'gelu_tanh'),
]
