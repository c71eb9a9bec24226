// A small model with adapters of unlike shape, whose factors are all random and none is zero.
import { join } from 'node:path'
import { type Adapter, type AdapterSum, Decoder, type DecoderLoadOptions, type Encoder } from 'xling'
import { inFolder } from './training-case.js'

export const config = {
  model_type: 'llama',
  vocab_size: 89,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  eos_token_id: 2,
  initializer_range: 0.1,
}

export const encoderConfig = {
  ...{ model_type: 'bert', vocab_size: 89, hidden_size: 64, intermediate_size: 96, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, max_position_embeddings: 64, initializer_range: 0.1 },
}

export const ids = Int32Array.from({ length: 20 }, (_, i) => (7 * i + 3) % 89)

/** Numbers around 0, other ones for each seed. */
export function numbers(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761) >>> 0
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

export async function withRandomFactors(adapter: Adapter, seed: number): Promise<Adapter> {
  const factors = await adapter.parameters()
  const random = Object.entries(factors).map(([name, { shape, data }], i) => [
    name,
    { shape, data: numbers(data.length, 1000 * seed + i).map(value => 0.3 * value) },
  ])
  await adapter.setParameters(Object.fromEntries(random))
  return adapter
}

/** Three that differ in rank, scale and in what they adapt; of the first all modules. */
export async function threeAdapters(model: Decoder | Encoder): Promise<[Adapter, Adapter, Adapter]> {
  const decoder = model instanceof Decoder
  const [some, last] = decoder ? [['q_proj', 'down_proj'], 'o_proj'] : [['query', 'output.dense'], 'value']
  return [
    await withRandomFactors(model.addAdapter('task', { rank: 3, alpha: 6 }), 1),
    await withRandomFactors(
      model.addAdapter('hausa', {
        ...{ rank: 4, alpha: 5, rsLora: true, targets: some },
        ...{ rankPattern: { [some[0] ?? '']: 2 }, alphaPattern: { [some[0] ?? '']: 7 } },
      }),
      2,
    ),
    await withRandomFactors(model.addAdapter('english', { rank: 5, alpha: 3, targets: [...some, last] }), 3),
  ]
}

/** The same model from a folder in f32. */
export const withBase = (
  body: (model: Decoder, open: (options?: DecoderLoadOptions) => Promise<Decoder>, folder: string) => Promise<void>,
) =>
  inFolder(async folder => {
    const base = join(folder, 'base')
    await using made = await Decoder.create(config, { seed: 1 })
    await made.save(base, { dtype: 'f32' })
    await using model = await Decoder.load(base)
    await body(model, options => Decoder.load(base, options), folder)
  })

/** What an adapter adds to each module that it adapts, scale · B·A, `[outputs, inputs]`, spelled out in f64. */
export async function deltaOf(adapter: Adapter): Promise<Map<string, Float64Array>> {
  const factors = await adapter.parameters()
  const deltas = new Map<string, Float64Array>()
  for (const [name, a] of Object.entries(factors)) {
    const module = /^base_model\.model\.(.*)\.lora_A\.weight$/.exec(name)?.[1]
    if (module === undefined) continue
    const b = factors[name.replace('lora_A', 'lora_B')] as typeof a
    const [rank = 0, inputs = 0] = a.shape
    const [outputs = 0] = b.shape
    const scale = scaleOf(adapter, module, rank)
    const delta = new Float64Array(outputs * inputs)
    for (let n = 0; n < outputs; n += 1)
      for (let r = 0; r < rank; r += 1)
        for (let k = 0; k < inputs; k += 1)
          delta[n * inputs + k] =
            (delta[n * inputs + k] ?? 0) + scale * (b.data[n * rank + r] ?? 0) * (a.data[r * inputs + k] ?? 0)
    deltas.set(module, delta)
  }
  return deltas
}

function scaleOf({ config: { alpha, alphaPattern, rsLora } }: Adapter, module: string, rank: number): number {
  const own = Object.entries(alphaPattern).find(([end]) => new RegExp(`(.*\\.)?(${end})$`).test(module))
  return (own ? own[1] : alpha) / (rsLora ? Math.sqrt(rank) : rank)
}

/** The sum of what they add. */
export async function deltaOfSum(terms: Exclude<AdapterSum, Adapter>): Promise<Map<string, Float64Array>> {
  const sum = new Map<string, Float64Array>()
  for (const [adapter, weight] of terms)
    for (const [module, delta] of await deltaOf(adapter)) {
      const before = sum.get(module)
      sum.set(
        module,
        delta.map((value, i) => weight * value + (before?.[i] ?? 0)),
      )
    }
  return sum
}
