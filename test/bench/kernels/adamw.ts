import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

const settings = { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 }

/** A step on one matrix, over and over from where the last one ended: of torch the one that it calls fused. */
function step(N: number, K: number): BenchCase {
  return {
    name: `adamw/${N}x${K}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'adamw.step', args: settings }],
    inputs: () => ({
      w: uniform([N, K], 1),
      m: uniform([N, K], 2),
      v: uniform([N, K], 3, 0, 1),
      grad: uniform([N, K], 4),
    }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const place = (name: string) => tensorOf(kernels, inputOf(inputs, name))
      const { lr, beta1, beta2, eps, weightDecay } = settings
      const w = await place('w')
      const m = await place('m')
      const v = await place('v')
      const fields = {
        ...{ w, m, v, grad: await place('grad') },
        ...{ beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2, eps },
        // Of the first step.
        ...{ stepSize: lr / (1 - beta1), rootCorrection: Math.sqrt(1 - beta2), decay: 1 - lr * weightDecay },
      }
      return kernelSide(kernels, { kernel: 'adamw', fields, outputs: { w, m, v } })
    },
  }
}

export const adamw = [step(4096, 1024)]
