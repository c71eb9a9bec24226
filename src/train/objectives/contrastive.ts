// Contrastive training of an encoder: a sentence's vector near its positive's, far from all others'.
import { XlingError } from '../../binding/errors.js'
import { checkChoice } from '../../binding/options.js'
import type { Example } from '../../data/example.js'
import { Encoder } from '../../model/encoder.js'
import { type SentencePooling, sentencePoolings } from '../../model/sentence-transformers/setup.js'
import { contrastiveSettings } from '../../model/training/accumulate-options.js'
import type { Objective } from './objective.js'

export interface ContrastiveTrainOptions {
  /** Cosines are divided by it, above 0; default 0.05. */
  temperature?: number
  /** Added to the logit of an anchor's own hard negative; default 0. */
  hardNegativeWeight?: number
  /** `'both'` takes anchors as candidates for positives, too; default `'forward'`. */
  directions?: 'forward' | 'both'
  /** Default: the encoder's. */
  pooling?: SentencePooling
}

interface Sentences {
  readonly anchor: string
  readonly positive: string
  readonly negative: string | undefined
}

export const contrastive: Objective = {
  kinds: ['triplet', 'pair', 'sentence'],
  // What contradicts a sentence is nothing to be near to.
  task: 'positive',
  options: ['temperature', 'hardNegativeWeight', 'directions', 'pooling'],
  check(model, options) {
    checkEncoder(model, 'contrastive')
    contrastiveSettings(options, 'train')
    checkChoice('train: pooling', options.pooling, [...sentencePoolings, undefined])
  },
  async prepare(model, examples, options) {
    const encoder = model as Encoder
    const { tokenizer } = encoder
    const { maxTokens = encoder.maxTokens, adapter, dropout, recompute = false, seed } = options
    const rate = dropout ?? Math.max(encoder.dropout, adapter?.config.dropout ?? 0)
    if (examples[0]?.kind === 'sentence' && rate === 0)
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        'train: sentences without positives are learnt from by what dropout makes of them twice, but dropout is 0; set it, ' +
          '0.1 for instance, or give pairs or triplets',
      )
    const { pooling } = options
    const how = {
      ...contrastiveSettings(options, 'train'),
      objective: 'contrastive' as const,
      recompute,
      seed,
      ...(adapter && { adapter }),
      ...(dropout !== undefined && { dropout }),
      ...(pooling !== undefined && { pooling }),
    }
    return {
      batch(places, step) {
        const rows = Array.from(places, place => examples[place] as Example)
        const texts = rows.map(sentencesOf)
        const packed = (of: (row: Sentences) => string) => tokenizer.encodeBatch(texts.map(of), { maxTokens })
        const anchors = { ...packed(row => row.anchor), keys: Int32Array.from(rows, row => row.key) }
        const positives = packed(row => row.positive)
        const negatives = texts[0]?.negative === undefined ? [] : packed(row => row.negative ?? '')
        const blocks = [anchors, positives, ...(Array.isArray(negatives) ? negatives : [negatives])]
        return {
          rows: rows.length,
          tokens: blocks.reduce((sum, { ids }) => sum + ids.length, 0),
          accumulate: signal =>
            encoder.accumulate({ anchors, positives, negatives }, { ...how, step, ...(signal && { signal }) }),
        }
      },
    }
  },
}

/** A sentence alone is its own positive (SimCSE, Gao et al. 2021). */
function sentencesOf(example: Example): Sentences {
  switch (example.kind) {
    case 'triplet':
      return example
    case 'pair':
      return { anchor: example.anchor, positive: example.target, negative: undefined }
    case 'sentence':
      return { anchor: example.text, positive: example.text, negative: undefined }
    default:
      throw new XlingError('ERR_INTERNAL', `train: a ${example.kind} is no example of the contrastive objective`)
  }
}

/** @throws XlingError `ERR_INVALID_ARGUMENT` for a model of the other kind */
export function checkEncoder(model: unknown, objective: string): void {
  if (model instanceof Encoder) return
  throw new XlingError('ERR_INVALID_ARGUMENT', `train: objective '${objective}' trains an Encoder; a Decoder has 'sft'`)
}
