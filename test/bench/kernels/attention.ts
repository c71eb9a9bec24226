import { type KernelFields, Kernels } from 'xling/kernels'
import type { BenchCase, Inputs } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigaflopsPerSecond } from '../units.js'

interface Size {
  readonly name: string
  /** Tokens of each row; rows are equally long, since the peer knows no others. */
  readonly T: number
  readonly rows: number
  readonly heads: number
  readonly keyHeads: number
  readonly D: number
  /** As in the kernel: -1 is all. */
  readonly before: number
  readonly after: number
  /** Of probabilities that are dropped; none where it is not given. */
  readonly rate?: number
}

const shapeOf = ({ T, rows, D }: Size, heads: number) => [T * rows, heads, D]
const inputsOf = (size: Size): Inputs => ({
  q: uniform(shapeOf(size, size.heads), 1),
  k: uniform(shapeOf(size, size.keyHeads), 2),
  v: uniform(shapeOf(size, size.keyHeads), 3),
})

/** Pairs of tokens that meet, over all rows and query heads: what neither side can leave out. */
function pairsOf({ T, rows, heads, before, after }: Size): number {
  let pairs = 0
  for (let t = 0; t < T; t += 1) {
    const first = before < 0 ? 0 : Math.max(0, t - before)
    const last = after < 0 ? T - 1 : Math.min(T - 1, t + after)
    pairs += last - first + 1
  }
  return pairs * rows * heads
}

/** What both kernels are given. */
async function givenOf(kernels: Kernels, inputs: Inputs, size: Size) {
  const { T, rows, D, before, after, rate = 0 } = size
  const q = await tensorOf(kernels, inputOf(inputs, 'q'))
  const k = await tensorOf(kernels, inputOf(inputs, 'k'))
  const v = await tensorOf(kernels, inputOf(inputs, 'v'))
  const data = Int32Array.from({ length: rows + 1 }, (_, row) => row * T)
  const offsets = await kernels.tensor([rows + 1], { dtype: 'i32', data })
  const y = await unwritten(kernels, shapeOf(size, size.heads))
  const keys = await kernels.tensor([rows, 3], {
    dtype: 'i32',
    data: Int32Array.from({ length: 3 * rows }, (_, i) => i),
  })
  return { q, k, v, offsets, y, scale: 1 / Math.sqrt(D), before, after, keys, rate }
}

const dropoutOf = ({ rate }: Size) => (rate === undefined ? '' : '_dropout')
const peerOf = (size: Size, pass: 'forward' | 'backward') => {
  const { rows, before, after, rate = 0 } = size
  return [{ peer: 'torch', case: `attention.${pass}`, args: { rows, before, after, rate } }] as const
}

// As in inference: nothing is kept for a backward pass, on either side.
function forward(size: Size): BenchCase {
  return {
    name: `attention${dropoutOf(size)}/${size.name}`,
    unit: gigaflopsPerSecond,
    peers: peerOf(size, 'forward'),
    inputs: () => inputsOf(size),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const fields = await givenOf(kernels, inputs, size)
      const amount = 4 * size.D * pairsOf(size)
      return kernelSide(kernels, { kernel: 'attention', fields, outputs: { y: fields.y }, amount })
    },
  }
}

// The gradients of q, k and v; torch's is autograd's backward alone, on a graph made before.
function backward(size: Size): BenchCase {
  return {
    name: `attention${dropoutOf(size)}_backward/${size.name}`,
    unit: gigaflopsPerSecond,
    peers: peerOf(size, 'backward'),
    inputs: () => ({ ...inputsOf(size), dy: uniform(shapeOf(size, size.heads), 4) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const given = await givenOf(kernels, inputs, size)
      const lse = await unwritten(kernels, [size.T * size.rows, size.heads])
      await kernels.run('attention', { ...given, lse })
      const dy = await tensorOf(kernels, inputOf(inputs, 'dy'))
      // Added to, so they start from zero.
      const dq = await kernels.tensor(shapeOf(size, size.heads))
      const dk = await kernels.tensor(shapeOf(size, size.keyHeads))
      const dv = await kernels.tensor(shapeOf(size, size.keyHeads))
      const fields: KernelFields['attention_backward'] = { ...given, lse, dy, dq, dk, dv }
      // Five products of a row with a row for each pair: scores, dy·v, and the three gradients.
      const amount = 10 * size.D * pairsOf(size)
      return kernelSide(kernels, { kernel: 'attention_backward', fields, outputs: { dq, dk, dv }, amount })
    },
  }
}

const causal = { before: -1, after: 0 }
const gemma = { heads: 4, keyHeads: 1, D: 256 } // Gemma 3 270M
const sizes: Size[] = [
  { name: 'gemma/512', T: 512, rows: 1, ...gemma, ...causal },
  { name: 'gemma/2048/window512', T: 2048, rows: 1, ...gemma, before: 511, after: 0 },
  { name: 'smollm/512', T: 512, rows: 1, heads: 9, keyHeads: 3, D: 64, ...causal }, // SmolLM2 135M
  { name: 'xlm-roberta/16x64', T: 64, rows: 16, heads: 12, keyHeads: 12, D: 64, before: -1, after: -1 },
  // The masks differ, so the sides' means agree only over many numbers.
  { name: 'minilm/192x32', T: 32, rows: 192, heads: 12, keyHeads: 12, D: 32, before: -1, after: -1, rate: 0.1 },
]

export const attention = [...sizes.map(forward), ...sizes.map(backward)]
