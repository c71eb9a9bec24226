import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

const eps = 1e-6
const weightOffset = 0

/** x, dy [T, D], weight [D]. */
function inputsOf(T: number, D: number) {
  return { x: uniform([T, D], 1), weight: uniform([D], 2, 0.5, 1.5) }
}

// As in inference: nothing is kept for a backward pass, on either side.
function forward(T: number, D: number): BenchCase {
  return {
    name: `rms_norm/${T}x${D}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'rms_norm.forward', args: { eps } }],
    inputs: () => inputsOf(T, D),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const weight = await tensorOf(kernels, inputOf(inputs, 'weight'))
      const y = await unwritten(kernels, [T, D])
      return kernelSide(kernels, { kernel: 'rms_norm', fields: { x, weight, y, eps, weightOffset }, outputs: { y } })
    },
  }
}

// The gradients of x and of the gain; torch's is autograd's backward alone, on a graph made before.
function backward(T: number, D: number): BenchCase {
  return {
    name: `rms_norm_backward/${T}x${D}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'rms_norm.backward', args: { eps } }],
    inputs: () => ({ ...inputsOf(T, D), dy: uniform([T, D], 3) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const weight = await tensorOf(kernels, inputOf(inputs, 'weight'))
      const dy = await tensorOf(kernels, inputOf(inputs, 'dy'))
      const rstd = await unwritten(kernels, [T])
      const dx = await unwritten(kernels, [T, D])
      await kernels.run('rms_norm', { x, weight, y: dx, rstd, eps, weightOffset })
      // Added to, so it starts from zero.
      const dweight = await kernels.tensor([D])
      return kernelSide(kernels, {
        kernel: 'rms_norm_backward',
        fields: { x, weight, rstd, dy, dx, dweight, weightOffset, dxWrite: 'assign' },
        outputs: { dx, dweight },
      })
    },
  }
}

export const rmsNorm = [forward(2048, 640), forward(512, 2048), backward(2048, 640)]
