// What work on a model would take, without doing it.
import type { AdapterConfig } from '../adapter/adapter-config.js'
import { XlingError } from '../binding/errors.js'
import { native } from '../binding/load.js'
import type { NativeModel, NativeSite } from '../binding/native-types.js'
import { checkChoice, checkOptions } from '../binding/options.js'
import type { DecoderSpec } from './decoder-spec.js'

/** Work that `Decoder.estimate` is asked about: one call of that method. */
export interface DecoderWork {
  /** Default `'logits'`. */
  task?: 'hiddenStates' | 'logits' | 'loss' | 'generate' | 'accumulate'
  /** Of the row, or of all rows that are learnt from at once; of each prompt. */
  tokens: number
  /** Rows of logits, labelled tokens, or prompts continued together; default: 1, all tokens, 16. */
  rows?: number
  /** Of each prompt; default 128. For `'generate'` alone. */
  newTokens?: number
  /** For `'accumulate'` alone; default false. */
  recompute?: boolean
  /** Of the adapter that the row goes through, and which `'accumulate'` trains instead of the model. */
  adapter?: AdapterConfig
}

/** Bytes on the device. The kernels' own scratch, at most 32 MiB for the whole process, is not in it. */
export interface Estimate {
  /** In all. */
  bytes: number
  /** The model's, and the adapter's. */
  weights: number
  /** Gradients, and what `step()` remembers of them. */
  training: number
  /** Keys and values of the rows that are continued. */
  cache: number
  /** Activations and whatever else lives during the call. */
  workspace: number
}

/** What one call of `Decoder` takes, by the same code on a device that only counts. */
export function estimate(
  model: NativeModel,
  spec: DecoderSpec,
  work: DecoderWork,
  sitesOf: (config: AdapterConfig) => { sites: readonly NativeSite[]; dropout: number },
): Estimate {
  checkOptions('Decoder.estimate', work, ['task', 'tokens', 'rows', 'newTokens', 'recompute', 'adapter'])
  const { maxPositions } = spec
  const { task = 'logits', tokens, newTokens = Math.min(128, maxPositions) } = work
  checkChoice('Decoder.estimate: task', task, ['hiddenStates', 'logits', 'loss', 'generate', 'accumulate'])
  const usual = { hiddenStates: 0, logits: Math.min(1, tokens), loss: tokens, generate: 16, accumulate: tokens }
  const { rows = usual[task] } = work
  const least = task === 'generate' ? 1 : 0
  for (const [name, value] of Object.entries({ tokens, rows, newTokens }))
    if (!Number.isInteger(value) || value < least || value > maxPositions)
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        `Decoder.estimate: ${name} is ${value} but must be a whole number from ${least} up to the context of ${maxPositions}`,
      )
  const { recompute = false } = work
  const { sites, dropout = 0 } = work.adapter ? sitesOf(work.adapter) : {}
  const counted = native.estimateDecoder(model, { task, tokens, rows, newTokens, recompute, dropout }, sites)
  const { weights, training, cache, workspace } = counted
  return { bytes: weights + training + cache + workspace, ...counted }
}
