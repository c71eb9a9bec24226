// The whole job in small, as a program of one's own would do it: two adapters on a decoder, triplets that it writes for a
// language which they never saw, an encoder trained on those, and what was gained.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkSeed } from '../binding/options.js'
import { evaluate } from '../eval/evaluate.js'
import { scoredPairsControl } from '../eval/scored-pairs.js'
import { synthesize } from '../generate/synthesize.js'
import type { Triplet } from '../generate/triplet.js'
import type { Adapter } from '../model/adapter.js'
import { Decoder } from '../model/decoder.js'
import { Encoder } from '../model/encoder.js'
import { train } from '../train/train.js'
import { type Sizes, unseen, writeData } from './data.js'
import { isRight, writeHeldOut } from './scoring.js'

/** Both models, as `npm run pretrain:quickstart` made them. */
const models = fileURLToPath(new URL('../../quickstart/', import.meta.url))

const wholeSizes: Sizes = { pairs: 800, sentences: 1000, heldOut: 500 }

export interface QuickstartOptions {
  /** For the files that it makes, in place of those of an earlier one. */
  readonly folder: string
  /** Gives all data and all that is drawn; a whole number, 0 or more. */
  readonly seed: number
  readonly sizes?: Sizes
  /** Lets the adapters learn from answers to other sentences: a control, from which no gain may come. Default false. */
  readonly permuted?: boolean
  /** Is told what is about to be done, and then what came of it. */
  readonly tell?: (event: QuickstartEvent) => void
  readonly signal?: AbortSignal
}

export type QuickstartEvent =
  | { readonly begins: 'data' | 'adapters' | 'triplets' | 'encoder' | 'scores' }
  | { readonly losses: { readonly adapter: string; readonly first: number; readonly last: number } }
  | { readonly triplets: readonly (Triplet & { readonly gloss: string })[] }

/** Spearman's rho of one test. */
export interface Agreement {
  readonly before: number
  readonly after: number
  /** Of an encoder that learnt from the same triplets, each sentence with another's answers. */
  readonly shuffled: number
  /** Of the share of words in common; undefined where there are none. */
  readonly wordOverlap: number | undefined
}

export interface QuickstartResult {
  /** Of the sentences, the share whose triplet is right, by the grammar: by the adapters and by the model without them. */
  readonly right: { readonly adapted: number; readonly untuned: number }
  /** Triplets that were kept. */
  readonly kept: number
  /** Pairs of the unseen language alone, and with English. */
  readonly within: Agreement
  readonly across: Agreement
}

// Of the decoder's two adapters, of what is written through them, and of the encoder.
const adapting = { epochs: 6, batchSize: 8, lr: 3e-3, schedule: 'cosine', warmup: 0.1, clip: 1 } as const
const writing = { template: 'plain', temperature: 0.5, maxNewTokens: 24, batchSize: 32 } as const
const encoding = { ...adapting, epochs: 12, batchSize: 32, lr: 1e-3, temperature: 0.1, directions: 'both' } as const

/**
 * @throws XlingError `ERR_INVALID_ARGUMENT` for a seed that is none, what training, synthesis and evaluation do, and what
 * writing files does; the signal's reason
 */
export async function quickstart(options: QuickstartOptions): Promise<QuickstartResult> {
  const { folder, seed, sizes = wholeSizes, permuted = false, tell = () => {}, signal } = options
  checkSeed('quickstart', seed)
  const drawn = { seed, ...(signal && { signal }) }

  tell({ begins: 'data' })
  const data = await writeData(folder, { sizes, seed, permuted })
  const [within, across] = [join(folder, 'within.csv'), join(folder, 'across.csv')]
  const heldOut = { told: data.told, count: sizes.heldOut, seed }
  await writeHeldOut(within, unseen, heldOut)
  await writeHeldOut(across, 'english', heldOut)

  tell({ begins: 'adapters' })
  await using llm = await Decoder.load(join(models, 'decoder'))
  const learnt = async (name: string, file: string) => {
    const adapter = llm.addAdapter(name, { rank: 8, alpha: 16, dropout: 0, targets: 'all-linear', seed })
    const losses: number[] = []
    for await (const step of train(llm, { objective: 'sft', adapter, data: file, ...adapting, ...drawn }))
      losses.push(step.losses.sft ?? Number.NaN)
    tell({ losses: { adapter: name, first: losses[0] ?? Number.NaN, last: mean(losses.slice(-20)) } })
    await adapter.save(join(folder, name))
    return adapter
  }
  const positive = await learnt('positive', data.positives)
  const negative = await learnt('negative', data.negatives)

  tell({ begins: 'triplets' })
  const written = async (adapters: { positive: Adapter; negative: Adapter }) => {
    const triplets: Triplet[] = []
    for await (const triplet of synthesize(llm, { sentences: data.sentences, adapters, ...writing, ...drawn }))
      triplets.push(triplet)
    return triplets
  }
  const triplets = await written({ positive, negative })
  tell({ triplets: triplets.slice(0, 10).map(one => ({ ...one, gloss: data.glosses.get(one.anchor) ?? '' })) })
  // An adapter that has learnt nothing adds nothing.
  const asNew = (name: string) => llm.addAdapter(name, { rank: 1 })
  const untuned = await written({ positive: asNew('new-positive'), negative: asNew('new-negative') })

  tell({ begins: 'encoder' })
  const loaded = () => Encoder.load(join(models, 'encoder'), { pooling: 'avg_first_last' })
  const trained = async (rows: readonly Triplet[]) => {
    const encoder = await loaded()
    for await (const _ of train(encoder, { objective: 'contrastive', data: rows, dropout: 0, ...encoding, ...drawn }));
    return encoder
  }
  await using before = await loaded()
  await using after = await trained(triplets)
  await using shuffled = await trained(misplaced(triplets))
  await after.save(join(folder, 'encoder'))

  tell({ begins: 'scores' })
  const agreement = async (file: string): Promise<Agreement> => {
    const test = { task: 'semrel', data: file, ...drawn } as const
    const of = async (encoder: Encoder) => (await evaluate(encoder, test)).spearman
    const wordOverlap = (await scoredPairsControl(test))?.spearman
    return { before: await of(before), after: await of(after), shuffled: await of(shuffled), wordOverlap }
  }
  const share = (some: readonly Triplet[]) => some.filter(isRight).length / sizes.sentences
  return {
    right: { adapted: share(triplets), untuned: share(untuned) },
    kept: triplets.length,
    within: await agreement(within),
    across: await agreement(across),
  }
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

/** Each sentence with the answers to the next one. */
function misplaced(triplets: readonly Triplet[]): Triplet[] {
  return triplets.map((triplet, i) => {
    const { positive, negative } = triplets[(i + 1) % triplets.length] ?? triplet
    return { ...triplet, positive, negative }
  })
}
