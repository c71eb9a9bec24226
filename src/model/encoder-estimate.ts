// What work on an encoder would take, without doing it.
import type { AdapterConfig } from '../adapter/adapter-config.js'
import { XlingError } from '../binding/errors.js'
import { native } from '../binding/load.js'
import type { NativeModel, NativeSite } from '../binding/native-types.js'
import { checkChoice, checkOptions } from '../binding/options.js'
import type { EncoderSpec } from './encoder-spec.js'
import type { Estimate } from './estimate.js'
import type { SentencePooling } from './sentence-transformers/setup.js'
import { sentenceVector } from './sentence-vector.js'

/** Work that `Encoder.estimate` is asked about: rows of one length that go through the engine at once. */
export interface EncoderWork {
  /** Default `'encode'`. */
  task?: 'hiddenStates' | 'encode' | 'accumulate'
  /** Of each row; default: the context. */
  tokens?: number
  /** In all: anchors, positives and negatives, too. Default 1, and 2 for the contrastive objective. */
  rows?: number
  /** Of `'accumulate'`; default `'contrastive'`. */
  objective?: 'contrastive' | 'masked-lm'
  /** Of the rows, in the contrastive objective; default: half. */
  anchors?: number
  /** Default: the encoder's. */
  pooling?: SentencePooling
  /** For `'accumulate'` alone; default false. */
  recompute?: boolean
  /** Of the adapter that the rows go through, and which `'accumulate'` trains instead of the model. */
  adapter?: AdapterConfig
}

const known = ['task', 'tokens', 'rows', 'objective', 'anchors', 'pooling', 'recompute', 'adapter']

// Of all rows: what goes through at once is far less, and counting takes 4 bytes of each.
const mostTokens = 2 ** 24

/** What one call takes, by the same code on a device that only counts. */
export function estimateEncoder(
  model: NativeModel,
  spec: EncoderSpec,
  work: EncoderWork & { pooling: SentencePooling },
  sitesOf: (config: AdapterConfig) => { sites: readonly NativeSite[]; dropout: number },
): Estimate {
  const where = 'Encoder.estimate'
  checkOptions(where, work, known)
  const { task = 'encode', objective = 'contrastive', tokens = spec.maxPositions, recompute = false } = work
  checkChoice(`${where}: task`, task, ['hiddenStates', 'encode', 'accumulate'])
  checkChoice(`${where}: objective`, objective, ['contrastive', 'masked-lm'])
  const pairs = task === 'accumulate' && objective === 'contrastive'
  const { rows = pairs ? 2 : 1 } = work
  const { anchors = rows / 2 } = work
  check('tokens', tokens, 1, spec.maxPositions)
  check('rows', rows, 1, Math.floor(mostTokens / tokens))
  if (pairs && (!Number.isInteger(anchors) || anchors < 1 || rows % anchors !== 0 || rows < 2 * anchors))
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `${where}: of ${rows} rows ${anchors} cannot be anchors: each has a positive, and as many negatives as the others`,
    )
  const { sites, dropout = 0 } = work.adapter ? sitesOf(work.adapter) : {}
  const vector = sentenceVector(where, work.pooling, spec)
  const contrastive = {
    anchors: pairs ? anchors : 1,
    temperature: 1,
    hardNegativeWeight: 0,
    directions: 'both' as const,
  }
  const asked = { task, tokens, rows, objective, vector, contrastive, recompute, dropout }
  const { cache, training, weights, workspace } = native.estimateEncoder(model, asked, sites)
  return { bytes: weights + training + cache + workspace, weights, training, cache, workspace }
}

function check(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `Encoder.estimate: ${name} is ${value} but must be a whole number from ${least} to ${most}`,
    )
}
