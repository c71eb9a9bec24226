// Masked language modelling of an encoder (Devlin et al. 2019): some tokens are hidden, and to be guessed.
import { XlingError } from '../../binding/errors.js'
import type { LabelledRow } from '../../data/collate.js'
import type { Example } from '../../data/example.js'
import { keyOf, philox } from '../../data/philox.js'
import type { Encoder } from '../../model/encoder.js'
import { checkEncoder } from './contrastive.js'
import { labelledBatch } from './labelled.js'
import type { Objective } from './objective.js'

export interface MaskedLmTrainOptions {
  /** The share of a row's tokens that are to be guessed, above 0 and below 1; default 0.15. */
  maskProbability?: number
}

/** What the seed is used for here, apart from shuffling. */
const masking = 5
const noLabel = -100

export const maskedLm: Objective = {
  kinds: ['sentence'],
  options: ['maskProbability'],
  check(model, { maskProbability = 0.15 }) {
    checkEncoder(model, 'masked-lm')
    if (!(maskProbability > 0 && maskProbability < 1))
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        `train: maskProbability is ${maskProbability} but must be a number above 0 and below 1`,
      )
  },
  async prepare(model, examples, options) {
    const encoder = model as Encoder
    const { tokenizer } = encoder
    const { maxTokens = encoder.maxTokens, maskProbability: share = 0.15, adapter, dropout, seed } = options
    const { maskId } = tokenizer
    if (maskId === undefined)
      throw new XlingError('ERR_INVALID_TOKENIZER', 'train: the tokenizer has no token that stands for a hidden one')
    const special = new Set(tokenizer.encode(''))
    const masks: Masks = { share, maskId, special, vocabSize: tokenizer.vocabSize }
    const how = {
      objective: 'masked-lm' as const,
      recompute: options.recompute ?? false,
      seed,
      ...(adapter && { adapter }),
      ...(dropout !== undefined && { dropout }),
    }
    return {
      batch(places, step) {
        const rows = Array.from(places, place => examples[place] as Extract<Example, { kind: 'sentence' }>)
        const texts = rows.map(({ text }) => text)
        const { ids, offsets } = tokenizer.encodeBatch(texts, { maxTokens })
        const masked = rows.map(({ key }, i) =>
          maskedRow(ids.subarray(offsets[i], offsets[i + 1]), masks, { seed, step, key }),
        )
        return labelledBatch(masked, (batch, signal) =>
          encoder.accumulate(batch, { ...how, step, ...(signal && { signal }) }),
        )
      },
    }
  },
}

export interface Masks {
  readonly share: number
  readonly maskId: number
  /** Are never to be guessed. */
  readonly special: ReadonlySet<number>
  readonly vocabSize: number
}

/**
 * A row with some tokens to guess, one at least: of those, 80 % are hidden by the mask, 10 % by any token, and 10 % stay
 * as they are. Which ones follows from the seed, the step and the row's key.
 */
export function maskedRow(
  row: Int32Array,
  { share, maskId, special, vocabSize }: Masks,
  { seed, step, key }: { seed: number; step: number; key: number },
): LabelledRow {
  const drawn = (place: number) => philox([place, step, key, masking], keyOf(seed))
  const maskable = Array.from(row, (id, place) => ({ id, place })).filter(({ id }) => !special.has(id))
  const chosen = maskable
    .map(({ place }) => ({ place, words: drawn(place) }))
    .sort((a, b) => a.words[0] - b.words[0] || a.place - b.place)
    .slice(0, Math.max(1, Math.round(share * maskable.length)))
  const ids = row.slice()
  const labels = new Int32Array(row.length).fill(noLabel)
  for (const {
    place,
    words: [, how, which],
  } of chosen) {
    labels[place] = row[place] ?? noLabel
    const chance = how / 2 ** 32
    if (chance < 0.8) ids[place] = maskId
    else if (chance < 0.9) ids[place] = which % vocabSize
  }
  return { ids, labels, key }
}
