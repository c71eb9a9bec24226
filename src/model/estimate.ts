// What work on a model would take, without doing it.
import { XlingError } from '../binding/errors.js'
import { native } from '../binding/load.js'
import type { NativeModel } from '../binding/native-types.js'
import { checkChoice, checkOptions } from '../binding/options.js'
import type { DecoderSpec } from './decoder-spec.js'

/** Work that `Decoder.estimate` is asked about: one call of that method. */
export interface DecoderWork {
  /** Default `'logits'`. */
  task?: 'hiddenStates' | 'logits' | 'loss' | 'generate'
  /** Of the row; of each prompt. */
  tokens: number
  /** Rows of logits, labelled tokens, or prompts continued together; default: 1, all tokens, 16. */
  rows?: number
  /** Of each prompt; default 128. For `'generate'` alone. */
  newTokens?: number
}

/** Bytes on the device. The kernels' own scratch, at most 32 MiB for the whole process, is not in it. */
export interface Estimate {
  /** In all. */
  bytes: number
  weights: number
  /** Keys and values of the rows that are continued. */
  cache: number
  /** Activations and whatever else lives during the call. */
  workspace: number
}

/** What one call of `Decoder` takes, by the same code on a device that only counts. */
export function estimate(model: NativeModel, spec: DecoderSpec, work: DecoderWork): Estimate {
  checkOptions('Decoder.estimate', work, ['task', 'tokens', 'rows', 'newTokens'])
  const { maxPositions } = spec
  const { task = 'logits', tokens, newTokens = Math.min(128, maxPositions) } = work
  checkChoice('Decoder.estimate: task', task, ['hiddenStates', 'logits', 'loss', 'generate'])
  const usual = { hiddenStates: 0, logits: Math.min(1, tokens), loss: tokens, generate: 16 }
  const { rows = usual[task] } = work
  const least = task === 'generate' ? 1 : 0
  for (const [name, value] of Object.entries({ tokens, rows, newTokens }))
    if (!Number.isInteger(value) || value < least || value > maxPositions)
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        `Decoder.estimate: ${name} is ${value} but must be a whole number from ${least} up to the context of ${maxPositions}`,
      )
  const { weights, cache, workspace } = native.estimateModel(model, { task, tokens, rows, newTokens })
  return { bytes: weights + cache + workspace, weights, cache, workspace }
}
