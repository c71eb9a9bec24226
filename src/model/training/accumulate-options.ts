// How a batch is learnt from.
import { XlingError } from '../../binding/errors.js'
import { checkChoice, checkOptions, checkSeed } from '../../binding/options.js'
import type { Adapter } from '../adapter.js'
import type { SentencePooling } from '../sentence-transformers/setup.js'

/** What every objective has. */
export interface LearningOptions {
  /** Trains instead of the model's own weights, which stay as they are. */
  adapter?: Adapter
  /** Rate that takes the place of the adapters' own one, and of an encoder's, from 0 (off) to below 1. */
  dropout?: number
  /** Of dropout's masks, a whole number, 0 or more; default 0. */
  seed?: number
  /** Masks change with it: a whole number, 0 to 2³² - 1; default: how often `step()` was called on this model. */
  step?: number
  /** Computes each block a second time in backward instead of keeping it: less memory, more time. Default false. */
  recompute?: boolean
  signal?: AbortSignal
}

/** Of a decoder. */
export interface AccumulateOptions extends LearningOptions {
  /** `'sft'`: -log p of each label, by the token before it. */
  objective: 'sft'
}

/** Of an encoder: a sentence's vector is to be nearer to its positive's than to any other candidate's. */
export interface ContrastiveOptions extends LearningOptions {
  /** InfoNCE over cosines: every positive and every hard negative of the batch is a candidate for every anchor. */
  objective: 'contrastive'
  /** Cosines are divided by it, above 0; default 0.05. */
  temperature?: number
  /** Added to the logit of an anchor's own hard negatives; default 0. */
  hardNegativeWeight?: number
  /** `'both'` is the mean of that and of the anchors as candidates for every positive; default `'forward'`. */
  directions?: 'forward' | 'both'
  /** Default: the encoder's. */
  pooling?: SentencePooling
}

/** Of an encoder that can guess masked tokens. */
export interface MaskedLmOptions extends LearningOptions {
  /** `'masked-lm'`: -log p of each label, at its own place. */
  objective: 'masked-lm'
}

/**
 * What all objectives have.
 * @param more options of this objective alone
 * @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`
 */
export function learningOptions(options: LearningOptions, more: readonly string[] = []) {
  checkOptions('accumulate', options, [
    'objective',
    ...more,
    'adapter',
    'dropout',
    'seed',
    'step',
    'recompute',
    'signal',
  ])
  const { dropout, seed = 0, step, recompute = false, signal } = options
  check(
    'dropout',
    dropout,
    dropout === undefined || (typeof dropout === 'number' && dropout >= 0 && dropout < 1),
    'a number from 0 to below 1',
  )
  checkSeed('accumulate', seed)
  const isStep = step === undefined || (Number.isInteger(step) && step >= 0 && step < 2 ** 32)
  check('step', step, isStep, 'a whole number from 0 to 4294967295')
  check('recompute', recompute, typeof recompute === 'boolean', 'true or false')
  return { settings: { seed, dropout: dropout ?? Number.NaN, recompute, step }, signal }
}

/**
 * @param where for messages
 * @throws XlingError `ERR_INVALID_ARGUMENT`
 */
export function contrastiveSettings(
  options: Pick<ContrastiveOptions, 'temperature' | 'hardNegativeWeight' | 'directions'>,
  where = 'accumulate',
) {
  const { temperature = 0.05, hardNegativeWeight = 0, directions = 'forward' } = options
  const isTemperature = Number.isFinite(temperature) && temperature > 0
  check('temperature', temperature, isTemperature, 'a number above 0', where)
  check('hardNegativeWeight', hardNegativeWeight, Number.isFinite(hardNegativeWeight), 'a finite number', where)
  checkChoice(`${where}: directions`, directions, ['forward', 'both'])
  return { temperature, hardNegativeWeight, directions }
}

function check(name: string, value: unknown, fits: boolean, accepted: string, where = 'accumulate'): void {
  if (!fits) throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: ${name} is ${value} but must be ${accepted}`)
}
