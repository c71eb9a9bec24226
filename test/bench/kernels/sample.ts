import { Kernels } from 'xling/kernels'
import type { BenchCase, Input } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { tensorOf } from '../kernel-side.js'
import { outcomeOf } from '../outcome.js'
import { seconds } from '../units.js'

interface Filters {
  readonly temperature: number
  readonly topK: number
  readonly topP: number
}

const seed = 1

/** Logits whose probabilities fall as rank^-1.5, in no order: 1.5 times exponentially distributed rows. */
function zipf(R: number, V: number): Input {
  const { shape, data } = uniform([R, V], 1, 0, 1)
  return { shape, data: data.map(u => -1.5 * Math.log(u)) }
}

/**
 * The next token of R rows, keys and positions 0 to R - 1. What is timed of torch draws with torch's own numbers,
 * as transformers does; what is compared are ids drawn from what its filters kept, with the contract's.
 */
function draw(name: string, R: number, V: number, filters: Filters): BenchCase {
  return {
    name: `sample/${name}/${R}x${V}`,
    unit: seconds,
    peers: [{ peer: 'torch', case: 'sample.draw', args: { ...filters, seed } }],
    inputs: () => ({ logits: zipf(R, V) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const whole = (shape: number[], data: Iterable<number>) =>
        kernels.tensor(shape, { dtype: 'i32', data: Int32Array.from(data) })
      const rows = Array.from({ length: R }, (_, row) => row)
      const ids = await whole([R], rows)
      const fields = {
        logits: await tensorOf(kernels, inputOf(inputs, 'logits')),
        settings: await kernels.tensor([R, 4], {
          data: Float32Array.from(rows.flatMap(() => [filters.temperature, filters.topP, 0, 1])),
        }),
        topK: await whole(
          [R],
          rows.map(() => filters.topK),
        ),
        history: await whole([0], []),
        historyOffsets: await kernels.tensor([R + 1], { dtype: 'i32' }),
        seeds: await whole(
          [R, 2],
          rows.flatMap(() => [seed, 0]),
        ),
        keys: await whole(
          [R, 2],
          rows.flatMap(row => [row, 0]),
        ),
        positions: await whole([R], rows),
        ids,
      }
      await kernels.run('sample', fields)
      return {
        ...outcomeOf({ ids: { shape: [R], data: Float32Array.from(await ids.read()) } }),
        isa: kernels.device.isa,
        threads: kernels.device.threads,
        amount: R,
        run: async n => Array.from((await kernels.run('sample', fields, { repeat: n })).seconds),
        dispose: () => kernels.dispose(),
      }
    },
  }
}

export const sample = [
  draw('top_k_top_p', 16, 262144, { temperature: 1, topK: 64, topP: 0.95 }),
  draw('top_p', 16, 262144, { temperature: 1, topK: 0, topP: 0.95 }),
  draw('all', 16, 262144, { temperature: 1, topK: 0, topP: 1 }),
  draw('greedy', 16, 262144, { temperature: 0, topK: 0, topP: 1 }),
]
