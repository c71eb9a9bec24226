// What a synthesis is told.
import { XlingError } from '../binding/errors.js'
import { checkChoice, checkOptions, checkSeed } from '../binding/options.js'
import type { DataSource } from '../data/source.js'
import { Adapter } from '../model/adapter.js'
import { type Sampling, samplingRanges } from '../model/generate/sampling.js'
import type { FilterOptions } from '../parse/filters/index.js'
import { type TemplateId, templateIds } from '../prompt/templates/index.js'
import type { Shard } from './shard.js'

export interface SynthesizeOptions extends Partial<Sampling> {
  /** Sentences, one a row (columns `sentence` or `text`): a file, a glob, a data set of the hub, or rows at hand. */
  sentences: DataSource
  /** Of this model: the one writes what follows from a sentence, the other what contradicts it. */
  adapters: { readonly positive: Adapter; readonly negative: Adapter }
  /** Default: the one that the adapters were trained with, else the model's own. */
  template?: TemplateId
  /** With a sentence's key it gives all that is drawn for it; a whole number, 0 or more. Default 0. */
  seed?: number
  /** Of a prompt; the sentence is shortened where it is longer. Default 512. */
  maxTokens?: number
  /** Of an answer, 1 or more. Default 128. */
  maxNewTokens?: number
  /** Answers that are written together, 1 or more. Default 16. */
  batchSize?: number
  /** What is refused; default: all filters, as they are by default. */
  filters?: FilterOptions
  /** Keeps what was written; a synthesis that was interrupted goes on from there. */
  folder?: string
  /** Starts over in a folder that has another synthesis, or this one. Default false. */
  fresh?: boolean
  /** A part of the sentences, for one of several processes; `joinShards` puts the parts together. Default: all. */
  shard?: Shard
  signal?: AbortSignal
}

const names = [
  ...['sentences', 'adapters', 'template', 'seed', 'maxTokens', 'maxNewTokens', 'batchSize', 'filters'],
  ...['folder', 'fresh', 'shard', 'signal', ...Object.keys(samplingRanges)],
]

/** @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT` */
export function checkSynthesizeOptions(options: SynthesizeOptions): void {
  checkOptions('synthesize', options, names)
  const { sentences, adapters, template, seed = 0, folder, fresh, shard } = options
  const refuse = (name: string, value: unknown, accepted: string): never => {
    throw new XlingError('ERR_INVALID_ARGUMENT', `synthesize: ${name} is ${String(value)} but must be ${accepted}`)
  }
  if (sentences === undefined || sentences === null) refuse('sentences', sentences, 'a file, a source or rows')
  if (typeof adapters !== 'object' || adapters === null) refuse('adapters', adapters, '{ positive, negative }')
  checkOptions('synthesize: adapters', adapters, ['positive', 'negative'])
  for (const side of ['positive', 'negative'] as const)
    if (!(adapters[side] instanceof Adapter)) refuse(`adapters.${side}`, adapters[side], 'an Adapter of this model')
  checkChoice('synthesize: template', template, [...templateIds, undefined])
  checkSeed('synthesize', seed)
  for (const name of ['maxTokens', 'maxNewTokens', 'batchSize'] as const)
    if (options[name] !== undefined && !(Number.isSafeInteger(options[name]) && Number(options[name]) >= 1))
      refuse(name, options[name], 'a whole number, 1 or more')
  if (folder !== undefined && (typeof folder !== 'string' || folder === '')) refuse('folder', folder, 'a path')
  if (fresh !== undefined && typeof fresh !== 'boolean') refuse('fresh', fresh, 'true or false')
  if (fresh && folder === undefined) refuse('fresh', fresh, 'left out where there is no folder')
  const { index, count } = shard ?? { index: 1, count: 1 }
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(index) || index < 1 || index > count)
    refuse('shard', JSON.stringify(shard), '{ index, count } with an index from 1 to count')
}
