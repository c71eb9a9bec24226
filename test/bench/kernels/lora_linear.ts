import { Kernels, type KernelTensor } from 'xling/kernels'
import type { BenchCase, Inputs } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf } from '../kernel-side.js'
import { gigaflopsPerSecond } from '../units.js'

/** T tokens, from K to N features by way of R. */
interface Size {
  readonly T: number
  readonly K: number
  readonly N: number
  readonly R: number
}

const scale = 2

const nameOf = ({ T, K, N, R }: Size) => `${T}x${K}x${N}r${R}`

const factors = ({ T, K, N, R }: Size) => ({ x: uniform([T, K], 1), a: uniform([R, K], 2), b: uniform([N, R], 3) })

/** x, a and b, and the u that forward makes of them. */
async function operands(kernels: Kernels, inputs: Inputs, { T, R }: Size) {
  const x = await tensorOf(kernels, inputOf(inputs, 'x'))
  const a = await tensorOf(kernels, inputOf(inputs, 'a'))
  const b = await tensorOf(kernels, inputOf(inputs, 'b'))
  const u: KernelTensor = await kernels.tensor([T, R])
  return { x, a, b, u }
}

/** y += scale · x · aᵀ · bᵀ. y starts from zero and grows with every repeat, on both sides. */
function forward(size: Size): BenchCase {
  const { T, K, N, R } = size
  return {
    name: `lora_linear/${nameOf(size)}`,
    unit: gigaflopsPerSecond,
    peers: [{ peer: 'torch', case: 'lora_linear.forward', args: { scale } }],
    inputs: () => factors(size),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const fields = { ...(await operands(kernels, inputs, size)), y: await kernels.tensor([T, N]), scale }
      const amount = 2 * T * R * (K + N)
      return kernelSide(kernels, { kernel: 'lora_linear', fields, outputs: { y: fields.y, u: fields.u }, amount })
    },
  }
}

/** All three gradients, added to; torch's are the four products of autograd's backward without its bookkeeping. */
function backward(size: Size): BenchCase {
  const { T, K, N, R } = size
  return {
    name: `lora_linear_backward/${nameOf(size)}`,
    unit: gigaflopsPerSecond,
    peers: [{ peer: 'torch', case: 'lora_linear.backward', args: { scale } }],
    inputs: () => ({ ...factors(size), dy: uniform([T, N], 4) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const given = await operands(kernels, inputs, size)
      const y = await kernels.tensor([T, N])
      await kernels.run('lora_linear', { ...given, y, scale })
      const dy = await tensorOf(kernels, inputOf(inputs, 'dy'))
      const du = await kernels.tensor([T, R])
      const outputs = {
        dx: await kernels.tensor([T, K]),
        da: await kernels.tensor([R, K]),
        db: await kernels.tensor([N, R]),
      }
      const fields = { ...given, dy, du, ...outputs, scale }
      return kernelSide(kernels, { kernel: 'lora_linear_backward', fields, outputs, amount: 4 * T * R * (K + N) })
    },
  }
}

// Of Gemma 3 270M's MLP, up and down: a micro-batch that trains, then sixteen rows and one that are sampled.
const up = { K: 640, N: 2048, R: 8 }
const down = { K: 2048, N: 640, R: 8 }

export const loraLinear = [
  forward({ T: 480, ...up }),
  forward({ T: 480, ...down }),
  forward({ T: 480, ...up, R: 64 }),
  forward({ T: 16, ...up }),
  forward({ T: 1, ...up }),
  backward({ T: 480, ...up }),
  backward({ T: 480, ...down }),
  backward({ T: 480, ...up, R: 64 }),
]
