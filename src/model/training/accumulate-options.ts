// How a batch is learnt from.
import { XlingError } from '../../binding/errors.js'
import { checkChoice, checkOptions } from '../../binding/options.js'
import type { Adapter } from '../adapter.js'

export interface AccumulateOptions {
  /** `'sft'`: -log p of each label, by the token before it. */
  objective: 'sft'
  /** Trains instead of the model's own weights, which stay as they are. */
  adapter?: Adapter
  /** Rate that takes the adapters' own one's place, from 0 (off) to below 1. */
  dropout?: number
  /** Of dropout's masks, a whole number, 0 or more; default 0. They change with every `step()`. */
  seed?: number
  /** Computes each block a second time in backward instead of keeping it: less memory, more time. Default false. */
  recompute?: boolean
  signal?: AbortSignal
}

/** @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT` */
export function nativeOptions(options: AccumulateOptions) {
  checkOptions('accumulate', options, ['objective', 'adapter', 'dropout', 'seed', 'recompute', 'signal'])
  const { objective, dropout, seed = 0, recompute = false, signal } = options
  checkChoice('accumulate: objective', objective, ['sft'])
  check(
    'dropout',
    dropout,
    dropout === undefined || (typeof dropout === 'number' && dropout >= 0 && dropout < 1),
    'a number from 0 to below 1',
  )
  check('seed', seed, Number.isSafeInteger(seed) && seed >= 0, 'a whole number, 0 or more')
  check('recompute', recompute, typeof recompute === 'boolean', 'true or false')
  return { settings: { seed, dropout: dropout ?? Number.NaN, recompute }, signal }
}

function check(name: string, value: unknown, fits: boolean, accepted: string): void {
  if (!fits) throw new XlingError('ERR_INVALID_ARGUMENT', `accumulate: ${name} is ${value} but must be ${accepted}`)
}
