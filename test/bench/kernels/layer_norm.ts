import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

const eps = 1e-12

/** x [T, D], weight and bias [D]. */
function inputsOf(T: number, D: number) {
  return { x: uniform([T, D], 1), weight: uniform([D], 2, 0.5, 1.5), bias: uniform([D], 3) }
}

// As in inference: nothing is kept for a backward pass, on either side.
function forward(T: number, D: number): BenchCase {
  return {
    name: `layer_norm/${T}x${D}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'layer_norm.forward', args: { eps } }],
    inputs: () => inputsOf(T, D),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const weight = await tensorOf(kernels, inputOf(inputs, 'weight'))
      const bias = await tensorOf(kernels, inputOf(inputs, 'bias'))
      const y = await unwritten(kernels, [T, D])
      return kernelSide(kernels, { kernel: 'layer_norm', fields: { x, weight, bias, y, eps }, outputs: { y } })
    },
  }
}

// The gradients of x, the gain and the bias; torch's is autograd's backward alone, on a graph made before.
function backward(T: number, D: number): BenchCase {
  return {
    name: `layer_norm_backward/${T}x${D}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'layer_norm.backward', args: { eps } }],
    inputs: () => ({ ...inputsOf(T, D), dy: uniform([T, D], 4) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const weight = await tensorOf(kernels, inputOf(inputs, 'weight'))
      const dy = await tensorOf(kernels, inputOf(inputs, 'dy'))
      const [mean, rstd] = [await unwritten(kernels, [T]), await unwritten(kernels, [T])]
      const dx = await unwritten(kernels, [T, D])
      await kernels.run('layer_norm', { x, weight, y: dx, mean, rstd, eps })
      // Added to, so they start from zero.
      const [dweight, dbias] = [await kernels.tensor([D]), await kernels.tensor([D])]
      return kernelSide(kernels, {
        kernel: 'layer_norm_backward',
        fields: { x, weight, mean, rstd, dy, dx, dweight, dbias, dxWrite: 'assign' },
        outputs: { dx, dweight, dbias },
      })
    },
  }
}

export const layerNorm = [forward(2048, 384), backward(2048, 384)]
