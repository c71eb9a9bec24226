import { Kernels } from 'xling/kernels'
import type { BenchCase, Inputs } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigaflopsPerSecond } from '../units.js'

interface Size {
  readonly name: string
  readonly rows: number
  /** New tokens of each row. */
  readonly T: number
  /** Positions of each row, the new tokens among them. */
  readonly positions: number
  readonly heads: number
  readonly keyHeads: number
  readonly D: number
}

/** The tokens of all rows that a call is given: the last `T` of each row's, out of [rows, positions, heads, D]. */
function lastOf(data: Float32Array, { rows, T, positions, D }: Size, heads: number): Float32Array {
  const width = heads * D
  const out = new Float32Array(rows * T * width)
  for (let row = 0; row < rows; row += 1) {
    const end = (row + 1) * positions * width
    out.set(data.subarray(end - T * width, end), row * T * width)
  }
  return out
}

const inputsOf = ({ rows, T, positions, heads, keyHeads, D }: Size): Inputs => ({
  q: uniform([rows * T, heads, D], 1),
  // Of all positions: what the cache holds, and the new tokens' own.
  k: uniform([rows * positions, keyHeads, D], 2),
  v: uniform([rows * positions, keyHeads, D], 3),
})

const i32 = (kernels: Kernels, data: number[]) =>
  kernels.tensor([data.length], { dtype: 'i32', data: Int32Array.from(data) })

/** A cache that has every position but the call's; what the call is given beside it. */
async function givenOf(kernels: Kernels, inputs: Inputs, size: Size) {
  const { rows, T, positions, heads, keyHeads, D } = size
  const places = Math.ceil(positions / 96) * 96
  const rowsOf = (what: (row: number) => number, count = rows) =>
    i32(
      kernels,
      Array.from({ length: count }, (_, i) => what(i)),
    )
  const cache = {
    slots: await rowsOf(row => row),
    keys: await unwritten(kernels, [rows, keyHeads, places, D]),
    values: await unwritten(kernels, [rows, keyHeads, places, D]),
    scale: 1 / Math.sqrt(D),
    before: -1,
  }
  // Every position from an empty cache, so that the last ones are then put where they are already.
  const whole = {
    q: await kernels.tensor([rows * positions, heads, D]),
    k: await tensorOf(kernels, inputOf(inputs, 'k')),
    v: await tensorOf(kernels, inputOf(inputs, 'v')),
    offsets: await rowsOf(row => row * positions, rows + 1),
    starts: await rowsOf(() => 0),
    y: await unwritten(kernels, [rows * positions, heads, D]),
  }
  await kernels.run('attention_decode', { ...cache, ...whole })
  for (const tensor of Object.values(whole)) await tensor.dispose()
  const newest = (name: string) =>
    kernels.tensor([rows * T, keyHeads, D], { data: lastOf(inputOf(inputs, name).data, size, keyHeads) })
  return {
    ...cache,
    q: await tensorOf(kernels, inputOf(inputs, 'q')),
    k: await newest('k'),
    v: await newest('v'),
    offsets: await rowsOf(row => row * T, rows + 1),
    starts: await rowsOf(() => positions - T),
    y: await unwritten(kernels, [rows * T, heads, D]),
  }
}

// Torch is given keys and values that are joined already, and only attends.
function decode(size: Size): BenchCase {
  const { rows, T, positions, heads, D } = size
  return {
    name: `attention_decode/${size.name}`,
    unit: gigaflopsPerSecond,
    peers: [{ peer: 'torch', case: 'attention_decode.forward', args: { rows } }],
    inputs: () => inputsOf(size),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const fields = await givenOf(kernels, inputs, size)
      const pairs = rows * (T * (positions - T) + (T * (T + 1)) / 2)
      const amount = 4 * D * heads * pairs
      return kernelSide(kernels, { kernel: 'attention_decode', fields, outputs: { y: fields.y }, amount })
    },
  }
}

const gemma = { heads: 4, keyHeads: 1, D: 256 } // Gemma 3 270M
const smollm = { heads: 9, keyHeads: 3, D: 64 } // SmolLM2 135M
const sizes: Size[] = [
  { name: 'gemma/16x1/300', rows: 16, T: 1, positions: 300, ...gemma },
  { name: 'gemma/1x1/300', rows: 1, T: 1, positions: 300, ...gemma },
  { name: 'gemma/1x1/2000', rows: 1, T: 1, positions: 2000, ...gemma },
  { name: 'gemma/1x256', rows: 1, T: 256, positions: 256, ...gemma },
  { name: 'smollm/16x1/300', rows: 16, T: 1, positions: 300, ...smollm },
  { name: 'smollm/1x1/300', rows: 1, T: 1, positions: 300, ...smollm },
  { name: 'smollm/1x256', rows: 1, T: 256, positions: 256, ...smollm },
]

export const attentionDecode = sizes.map(decode)
