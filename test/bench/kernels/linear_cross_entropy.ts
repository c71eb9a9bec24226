import { Kernels } from 'xling/kernels'
import type { BenchCase, Inputs } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigaflopsPerSecond } from '../units.js'

/** Loss of R rows of width H over V tokens; torch's is linear, then cross_entropy, with all logits in memory. */
function loss(R: number, H: number, V: number): BenchCase {
  return {
    name: `linear_cross_entropy/${R}x${H}x${V}`,
    unit: gigaflopsPerSecond,
    peers: [{ peer: 'torch', case: 'linear_cross_entropy.forward', args: {} }],
    inputs: () => inputsOf(R, H, V),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const fields = await head(kernels, inputs)
      const { lse, loss } = fields
      return kernelSide(kernels, {
        kernel: 'linear_cross_entropy',
        fields,
        outputs: { lse, loss },
        amount: 2 * R * H * V,
      })
    },
  }
}

/**
 * The same with the gradient of x, the head being frozen: two products for us, which torch's forward and backward need,
 * too.
 */
function gradient(R: number, H: number, V: number): BenchCase {
  return {
    name: `linear_cross_entropy_grad/${R}x${H}x${V}`,
    unit: gigaflopsPerSecond,
    peers: [{ peer: 'torch', case: 'linear_cross_entropy.gradient', args: {} }],
    inputs: () => inputsOf(R, H, V),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const fields = await head(kernels, inputs)
      const dx = await unwritten(kernels, [R, H])
      return kernelSide(kernels, {
        kernel: 'linear_cross_entropy',
        fields: { ...fields, dx },
        outputs: { dx, loss: fields.loss },
        amount: 4 * R * H * V,
      })
    },
  }
}

function inputsOf(R: number, H: number, V: number): Inputs {
  return { x: uniform([R, H], 1), w: uniform([V, H], 2), labels: uniform([R], 3, 0, V) }
}

/** A frozen head, what it reads, and where the loss goes. */
async function head(kernels: Kernels, inputs: Inputs) {
  const labels = inputOf(inputs, 'labels').data
  const { shape, data } = inputOf(inputs, 'w')
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return {
    x: await tensorOf(kernels, inputOf(inputs, 'x')),
    w: await kernels.weight([Number(shape[0]), Number(shape[1])], { storage: 'f32', data: bytes }),
    labels: await kernels.tensor([labels.length], { dtype: 'i32', data: Int32Array.from(labels) }),
    lse: await unwritten(kernels, [labels.length]),
    loss: await unwritten(kernels, [1]),
  }
}

export const linearCrossEntropy = [loss(256, 640, 32768), gradient(256, 640, 32768)]
