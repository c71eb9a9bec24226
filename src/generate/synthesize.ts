import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { mappedEvents } from '../binding/mapped-events.js'
import { readExamples } from '../data/read-examples.js'
import { fileFailure } from '../files/atomic.js'
import { jsonHash } from '../files/hash.js'
import type { Journal } from '../files/journal.js'
import type { JsonObject } from '../files/json-object.js'
import type { Decoder } from '../model/decoder.js'
import { type Sampling, samplingRanges } from '../model/generate/sampling.js'
import { type FilterId, Filters } from '../parse/filters/index.js'
import { closingIdOf } from '../prompt/closing.js'
import { type TemplateId, templates } from '../prompt/templates/index.js'
import { journalName, openCandidates } from './candidate-journal.js'
import { type Sentence, type Writing, type Written, written } from './candidates.js'
import { parametersHash } from './parameters-hash.js'
import { rowsOfShard, wholeShard } from './shard.js'
import { Sieve, type SynthesisCounts } from './sieve.js'
import { checkSynthesizeOptions, type SynthesizeOptions } from './synthesize-options.js'
import { templateOf } from './template-of.js'
import type { Triplet } from './triplet.js'

/** A sentence that has both answers. */
export interface SynthesisEvent {
  /** Sentences done so far, this one included, and in all: of this part. */
  readonly done: number
  readonly sentences: number
  /** Triplets so far. */
  readonly kept: number
  /** Undefined where a filter refused it. */
  readonly triplet: Triplet | undefined
  readonly refused: FilterId | undefined
  /** Whether it was written by an earlier call. */
  readonly resumed: boolean
}

export interface SynthesisResult extends SynthesisCounts {
  readonly template: TemplateId
  /** Rows of the sentences that `skipBadRows` left out. */
  readonly skipped: number
  /** The settings that were in force: the model's own, but for what was given. */
  readonly sampling: Sampling
}

/**
 * Lets a model write, through its two adapters, a sentence that follows from each of the given ones and one that
 * contradicts it. What is drawn for a sentence follows from the seed and its place in the data alone; answers come in the
 * order of the sentences.
 *
 * With a `folder` all that is written is kept there as it is written. The same call, after the process was killed or the
 * loop left, gives what was written before and goes on; it comes to the same triplets, to the byte.
 * @returns counts of what was kept and refused, to whoever asks the generator itself for them
 * @throws XlingError at once `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`; when it is asked for a triplet what reading the
 * sentences does, `ERR_PROMPT_TOO_LONG`, `ERR_INVALID_TOKENIZER`, `ERR_WEIGHTS_MISMATCH` for adapters that were trained
 * with another template, `ERR_RUN_MISMATCH` for a folder with another synthesis, and what `Decoder.generate` does; the
 * signal's reason
 */
export function synthesize(llm: Decoder, options: SynthesizeOptions): AsyncGenerator<Triplet, SynthesisResult> {
  return mappedEvents(synthesis(llm, options), ({ triplet }) => triplet)
}

/** The same, sentence by sentence, refused ones too: for whoever shows how far it is. */
export function synthesis(llm: Decoder, options: SynthesizeOptions): AsyncGenerator<SynthesisEvent, SynthesisResult> {
  checkSynthesizeOptions(options)
  // Whatever is wrong with them shows at once.
  new Filters(options.filters)
  return run(llm, { ...options })
}

async function* run(llm: Decoder, options: SynthesizeOptions): AsyncGenerator<SynthesisEvent, SynthesisResult> {
  const { adapters, seed = 0, maxTokens = 512, maxNewTokens = 128, batchSize = 16, signal } = options
  signal?.throwIfAborted()
  const template = templateOf(llm, options)
  const family = templates[template]
  const sampling = llm.sampling(given(options))
  const closingId = closingIdOf(llm.tokenizer, family.positive)
  const writing: Writing = {
    ...{ adapters, family, closingId, sampling, seed, maxTokens, maxNewTokens, batchSize, signal },
  }
  const where = 'synthesize: sentences'
  const { examples, skipped } = await readExamples(options.sentences, { kinds: ['sentence'], where, signal })
  const { shard = wholeShard } = options
  const sentences: readonly Sentence[] = rowsOfShard(examples, shard)
  const kept = await openFolder(options, sentences, async () => ({
    ...{ template, family: jsonHash(family), closingId, sampling, seed, maxTokens, maxNewTokens },
    ...{ adapters: await hashesOf(adapters), sentences: jsonHash(examples) },
  }))
  const sieve = new Sieve(template, options.filters ?? {})
  const told = (one: Written, resumed: boolean): SynthesisEvent => {
    const { triplet, refused } = sieve.take(one)
    const { sentences: done, kept } = sieve.counts
    return { done, sentences: sentences.length, kept, triplet, refused, resumed }
  }
  try {
    for (const one of kept.done) yield told(one, true)
    for await (const one of written(llm, sentences.slice(kept.done.length), writing)) {
      // First it is kept, then it is told of: whoever was told finds it there.
      await kept.journal?.append(one)
      yield told(one, false)
      // What is written already does not have to wait for the engine, which would look.
      signal?.throwIfAborted()
    }
  } finally {
    await kept.journal?.close()
  }
  return { ...sieve.counts, template, skipped: skipped.length, sampling }
}

/** Settings of sampling that the caller gave. */
function given(options: SynthesizeOptions): Partial<Sampling> {
  const names = Object.keys(samplingRanges) as (keyof Sampling)[]
  return Object.fromEntries(names.flatMap(name => (options[name] === undefined ? [] : [[name, options[name]]])))
}

async function hashesOf({ positive, negative }: SynthesizeOptions['adapters']): Promise<JsonObject> {
  const [first, second] = [await positive.parameters(), await negative.parameters()]
  return { positive: parametersHash(first), negative: parametersHash(second) }
}

async function openFolder(
  { folder, fresh = false, shard = wholeShard }: SynthesizeOptions,
  sentences: readonly Sentence[],
  runOf: () => Promise<JsonObject>,
): Promise<{ journal?: Journal; done: readonly Written[] }> {
  if (folder === undefined) return { done: [] }
  const file = join(folder, journalName(shard))
  if (fresh) await rm(file, { force: true }).catch(fileFailure('remove', file))
  return openCandidates(folder, { run: await runOf(), shard }, sentences)
}
