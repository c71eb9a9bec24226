// How a model draws its next token, and where a model's own settings come from.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { fileFailure } from '../../files/atomic.js'
import type { GgufMetadata } from '../../files/gguf-metadata.js'
import { Config } from '../config.js'

/** Applied in this order: repetition penalty, temperature, top-k, top-p, min-p. */
export interface Sampling {
  /** Divides the logits of ids that the row has, its prompt included, if they are above 0, else multiplies them; 1: off. */
  repetitionPenalty: number
  /** Divides the logits; 0 is greedy. */
  temperature: number
  /** Keeps the so many likeliest ids; 0: all. */
  topK: number
  /** Keeps the likeliest ids that have this much probability together; 1: all. */
  topP: number
  /** Keeps ids that are at least this times as likely as the likeliest; 0: all. */
  minP: number
}

/** Of a model that says nothing: the likeliest token, always. */
export const greedy: Sampling = { repetitionPenalty: 1, temperature: 0, topK: 0, topP: 1, minP: 0 }

/** What each setting may be; both ends are accepted. */
export const samplingRanges: Readonly<Record<keyof Sampling, { min: number; max: number }>> = {
  repetitionPenalty: { min: 1e-3, max: 1e3 },
  temperature: { min: 0, max: 1e3 },
  topK: { min: 0, max: 2 ** 31 - 1 },
  topP: { min: 1e-6, max: 1 },
  minP: { min: 0, max: 1 },
}

/**
 * Those of a folder's generation_config.json, as transformers takes them: where it samples without a `top_k`, that is
 * 50, and without `do_sample` it does not sample.
 * @throws XlingError `ERR_INVALID_CONFIG`, `ERR_FILE_FAILED`
 */
export async function samplingOfFolder(folder: string): Promise<Sampling> {
  const path = join(folder, 'generation_config.json')
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? undefined : fileFailure('read', path)(error),
  )
  if (text === undefined) return greedy
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new XlingError('ERR_INVALID_CONFIG', `${path} is not JSON: ${(cause as Error).message}`, { cause })
  }
  const config = new Config(parsed, '', path)
  const samples = config.boolean('do_sample', false)
  const temperature = config.number('temperature', { ...samplingRanges.temperature, or: 1 })
  return {
    repetitionPenalty: config.number('repetition_penalty', { ...samplingRanges.repetitionPenalty, or: 1 }),
    temperature: samples ? temperature : 0,
    topK: config.integer('top_k', { ...samplingRanges.topK, or: samples ? 50 : 0 }),
    topP: config.number('top_p', { ...samplingRanges.topP, or: 1 }),
    minP: config.number('min_p', { ...samplingRanges.minP, or: 0 }),
  }
}

const ggufKeys: Readonly<Record<keyof Sampling, string>> = {
  repetitionPenalty: 'penalty_repeat',
  temperature: 'temp',
  topK: 'top_k',
  topP: 'top_p',
  minP: 'min_p',
}

/**
 * Those that some GGUF files have as `general.sampling.…`; a file that names any of them samples.
 * @throws XlingError `ERR_MALFORMED_FILE`
 */
export function samplingOfGguf(metadata: GgufMetadata): Sampling {
  const given: Partial<Sampling> = {}
  for (const [name, key] of Object.entries(ggufKeys) as [keyof Sampling, string][]) {
    const value = metadata.number(`general.sampling.${key}`)
    if (value === undefined) continue
    const { min, max } = samplingRanges[name]
    if (!(value >= min && value <= max))
      throw new XlingError(
        'ERR_MALFORMED_FILE',
        `${metadata.file}: general.sampling.${key} is ${value} but must be from ${min} to ${max}`,
      )
    given[name] = value
  }
  return Object.keys(given).length > 0 ? { ...greedy, temperature: 1, ...given } : greedy
}
