// What `Decoder.generate` is asked, checked and completed.
import { XlingError } from '../../binding/errors.js'
import type { NativeAdapter, NativePrompt } from '../../binding/native-types.js'
import { checkOptions } from '../../binding/options.js'
import type { Tokenizer } from '../../tokenizer/tokenizer.js'
import type { Adapter } from '../adapter.js'
import { type Sampling, samplingRanges } from './sampling.js'

/** Text, or ids as they are (for chat: `tokenizer.chatIds`), with what is this row's alone. */
export type Prompt = string | Int32Array | (RowOptions & ({ readonly text: string } | { readonly ids: Int32Array }))

/** What one row has for itself. */
export interface RowOptions {
  /**
   * Of this model; default: none. It has no part in the row's random stream: rows of one key and seed draw alike
   * through any adapter.
   */
  readonly adapter?: Adapter | undefined
  /** Default: the call's. */
  readonly seed?: number
  /** Default: the prompt's index. */
  readonly key?: number
}

/** Settings that are left out are the model's own (`Decoder.sampling`). */
export interface GenerateOptions extends Partial<Sampling> {
  /** Tokens of a row at most, 1 or more. Default 128. */
  maxNewTokens?: number
  /** With a row's key it gives the row's random stream; a whole number, 0 or more. Default 0. */
  seed?: number
  /**
   * Ends a row, besides the tokens that the model ends with (`tokenizer.eosIds`): a token's id, or text, which may be a
   * control token's.
   */
  stop?: readonly (string | number)[]
  /** Gives every row's text as it grows, too. Default false. */
  stream?: boolean
  /** Rows that are continued together, 1 or more: the memory of their context is set aside. Default 16. */
  batchSize?: number
  signal?: AbortSignal
}

const optionNames = [
  ...Object.keys(samplingRanges),
  ...['maxNewTokens', 'seed', 'stop', 'stream', 'batchSize', 'signal'],
] as const

/** A whole request, with nothing left to default. */
export interface Request {
  readonly prompts: readonly NativePrompt[]
  readonly stopIds: readonly number[]
  readonly stopTexts: readonly string[]
  readonly batchSize: number
  readonly stream: boolean
  readonly signal: AbortSignal | undefined
}

/** What a request is completed from. */
export interface Asked {
  readonly sampling: Sampling
  readonly endIds: readonly number[]
  /** Tokens of a context. */
  readonly maxPositions: number
  tokenizer(): Tokenizer
  /**
   * The handle of one of the model's adapters; undefined of undefined.
   * @param where names it in errors
   * @throws XlingError `ERR_INVALID_ARGUMENT` for anything else, `ERR_DISPOSED`
   */
  adapter(where: string, given: unknown): NativeAdapter | undefined
}

/**
 * @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`, `ERR_PROMPT_TOO_LONG`, `ERR_DISPOSED` for an adapter,
 * and what making the tokenizer does
 */
export function readRequest(prompts: readonly Prompt[], options: GenerateOptions, asked: Asked): Request {
  checkOptions('Decoder.generate', options, optionNames)
  if (!Array.isArray(prompts)) refuse('prompts', prompts, 'an array')
  const { stop = [], stream = false, signal } = options
  const sampling = completed(options, asked.sampling)
  const seed = whole('seed', options.seed ?? 0, 0)
  const maxNewTokens = whole('maxNewTokens', options.maxNewTokens ?? 128, 1, 2 ** 31 - 1)
  if (typeof stream !== 'boolean') refuse('stream', stream, 'true or false')
  if (!Array.isArray(stop)) refuse('stop', stop, 'an array of texts and ids')
  return {
    prompts: prompts.map((prompt, i) => ({
      ...readPrompt(prompt, `prompts[${i}]`, { seed, key: i, ...asked }),
      ...sampling,
      maxNewTokens,
    })),
    ...readStops(stop, asked),
    batchSize: whole('batchSize', options.batchSize ?? 16, 1, 4096),
    stream,
    signal,
  }
}

/** The given settings, and the model's own where there is none. */
export function completed(given: Partial<Sampling>, own: Sampling): Sampling {
  const out = { ...own }
  for (const [name, { min, max }] of Object.entries(samplingRanges) as [
    keyof Sampling,
    { min: number; max: number },
  ][]) {
    const value = given[name]
    if (value === undefined) continue
    if (typeof value !== 'number' || !(value >= min && value <= max) || (name === 'topK' && !Number.isInteger(value)))
      refuse(name, value, `a ${name === 'topK' ? 'whole ' : ''}number from ${min} to ${max}`)
    out[name] = value
  }
  return out
}

function readPrompt(prompt: Prompt, where: string, defaults: { seed: number; key: number } & Asked) {
  const given = typeof prompt === 'string' ? { text: prompt } : prompt instanceof Int32Array ? { ids: prompt } : prompt
  if (typeof given !== 'object' || given === null)
    refuse(where, prompt, 'a text, an Int32Array, or an object with either')
  checkOptions(`Decoder.generate: ${where}`, given, ['text', 'ids', 'adapter', 'seed', 'key'])
  const { text, ids: raw } = given as { text?: unknown; ids?: unknown }
  if ((text === undefined) === (raw === undefined)) refuse(where, prompt, 'a text, or ids, not both')
  if (text !== undefined && typeof text !== 'string') refuse(`${where}.text`, text, 'a string')
  if (raw !== undefined && !(raw instanceof Int32Array)) refuse(`${where}.ids`, raw, 'an Int32Array')
  const ids = raw === undefined ? defaults.tokenizer().encode(text as string) : (raw as Int32Array)
  if (ids.length === 0) refuse(where, prompt, 'one token long at least')
  if (ids.length >= defaults.maxPositions)
    throw new XlingError(
      'ERR_PROMPT_TOO_LONG',
      `Decoder.generate: ${where} has ${ids.length} tokens, which leave no room in the context of ${defaults.maxPositions}; shorten it`,
    )
  const { adapter, seed = defaults.seed, key = defaults.key } = given as RowOptions
  return {
    ids,
    adapter: defaults.adapter(`Decoder.generate: ${where}.adapter`, adapter),
    seed: whole(`${where}.seed`, seed, 0),
    key: whole(`${where}.key`, key, 0),
  }
}

// A control token's text is its id: text that the model writes never spells one.
function readStops(stop: readonly (string | number)[], asked: Asked) {
  const stopIds = new Set(asked.endIds)
  const stopTexts: string[] = []
  for (const [i, one] of stop.entries()) {
    if (typeof one === 'number') {
      stopIds.add(whole(`stop[${i}]`, one, 0, 2 ** 31 - 1))
    } else if (typeof one === 'string' && one !== '') {
      const ids = asked.tokenizer().encode(one, { addSpecial: false, parseSpecial: true })
      const [only = -1] = ids
      if (ids.length === 1 && asked.tokenizer().decode([only]) === '') stopIds.add(only)
      else stopTexts.push(one)
    } else refuse(`stop[${i}]`, one, 'a text, not empty, or an id')
  }
  return { stopIds: [...stopIds], stopTexts }
}

function whole(name: string, value: unknown, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  refuse(name, value, `a whole number from ${min} to ${max}`)
}

function refuse(name: string, value: unknown, accepted: string): never {
  const is = typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value)
  throw new XlingError('ERR_INVALID_ARGUMENT', `Decoder.generate: ${name} is ${is} but must be ${accepted}`)
}
