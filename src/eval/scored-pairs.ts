// How well a model's idea of likeness agrees with people's.
import { XlingError } from '../binding/errors.js'
import { checkChoice, checkOptions } from '../binding/options.js'
import { resolveFiles } from '../data/source.js'
import { wordOverlap } from './controls/word-overlap.js'
import { type BootstrapOptions, checkBootstrap } from './metrics/bootstrap.js'
import { cosines } from './metrics/cosine.js'
import { spearmanWithInterval } from './metrics/spearman.js'
import { checkEncoder, type SentenceEncoder, vectorsOf } from './sentence-encoder.js'
import { type TaskId, tasks } from './tasks/index.js'
import { readPairs, type ScoredPair } from './tasks/task.js'

export interface ScoredPairsOptions extends BootstrapOptions {
  /** SemRel2024, scores 0…1, or the STS benchmark, scores 0…5. */
  readonly task: TaskId
  /** CSV files as the task's authors publish them: a path, a glob, or hf://datasets/…; of several, all pairs together. */
  readonly data: string
  /** Sentences that are encoded together, 1 or more. Default: the model's. */
  readonly batchSize?: number
  /** Put before each sentence. Default: the model's. */
  readonly prompt?: string
  /** Pairs at most, 1 or more, from the beginning. Default: all. */
  readonly limit?: number
  readonly signal?: AbortSignal
}

/** Agreement with people's scores. */
export interface Scores {
  /** Spearman's rho, -1…1. */
  readonly spearman: number
  /** 95 %, by bootstrap over pairs. */
  readonly interval: readonly [low: number, high: number]
  /** Pairs. */
  readonly n: number
}

export interface ScoredPairsResult extends Scores {
  readonly task: TaskId
  /** The file, as it was given. */
  readonly data: string
}

/**
 * Spearman's correlation between the cosine of two sentences' vectors and the score that people gave the pair. Each
 * different sentence is encoded once.
 */
export async function evaluateScoredPairs(
  model: SentenceEncoder,
  options: ScoredPairsOptions,
): Promise<ScoredPairsResult> {
  checkOptions('evaluate', options, ['task', 'data', 'batchSize', 'seed', 'resamples', 'prompt', 'limit', 'signal'])
  const { task, data, batchSize, prompt, limit, signal, ...bootstrap } = options
  checkBootstrap('evaluate', bootstrap)
  checkEncoder(model)
  checkPlaces('evaluate', { data, limit })
  signal?.throwIfAborted()
  const pairs = await pairsOf(task, data, { limit, signal })
  const rowOf = rowsBySentence(pairs)
  const vectors = await vectorsOf(model, [...rowOf.keys()], { batchSize, prompt, signal })
  const rows = pairs.map(({ first, second }) => [rowOf.get(first) ?? -1, rowOf.get(second) ?? -1] as const)
  return { task, data, ...evaluateScores(pairs, cosines(vectors, model.dimension, rows), bootstrap) }
}

/** Of a control, which no model makes. */
export type ScoredPairsControlOptions = Omit<ScoredPairsOptions, 'batchSize' | 'prompt'>

/**
 * The same numbers for word overlap: what common words tell, to stand beside what a model does.
 * @returns undefined where they tell nothing, since all pairs have the same overlap: none, as across languages
 * @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`, what reading the files does; the signal's reason
 */
export async function scoredPairsControl(options: ScoredPairsControlOptions): Promise<Scores | undefined> {
  const where = 'scoredPairsControl'
  checkOptions(where, options, ['task', 'data', 'seed', 'resamples', 'limit', 'signal'])
  const { task, data, limit, signal, ...bootstrap } = options
  checkChoice(`${where}: task`, task, Object.keys(tasks))
  checkBootstrap(where, bootstrap)
  checkPlaces(where, { data, limit })
  const pairs = await pairsOf(task, data, { limit, signal })
  const overlaps = wordOverlap(pairs)
  return new Set(overlaps).size > 1 ? evaluateScores(pairs, overlaps, bootstrap) : undefined
}

/**
 * The same for likenesses from elsewhere.
 * @param likenesses of the pairs, in their order, on any scale
 * @throws XlingError as {@link spearmanWithInterval}
 */
export function evaluateScores(
  pairs: readonly ScoredPair[],
  likenesses: ArrayLike<number>,
  options: BootstrapOptions = {},
): Scores {
  const scores = pairs.map(({ score }) => score)
  return { ...spearmanWithInterval(likenesses, scores, options), n: pairs.length }
}

function checkPlaces(where: string, { data, limit }: { data: unknown; limit: unknown }): void {
  if (typeof data !== 'string')
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: data must be a path, a glob or an hf:// address`)
  if (limit !== undefined && !(Number.isSafeInteger(limit) && Number(limit) >= 1))
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: limit is ${limit} but must be a whole number, 1 or more`)
}

/** Those of all files, in their order. */
async function pairsOf(
  task: TaskId,
  data: string,
  { limit = Number.POSITIVE_INFINITY, signal }: { limit: number | undefined; signal: AbortSignal | undefined },
): Promise<ScoredPair[]> {
  const pairs: ScoredPair[] = []
  for (const file of await resolveFiles(data, signal ? { signal } : {})) {
    const left = limit - pairs.length
    if (left < 1) break
    pairs.push(...(await readPairs(tasks[task], file, Number.isFinite(left) ? { limit: left } : {})))
  }
  return pairs
}

/** Different sentences, in the order of their first places. */
function rowsBySentence(pairs: readonly ScoredPair[]): Map<string, number> {
  const rows = new Map<string, number>()
  for (const { first, second } of pairs)
    for (const sentence of [first, second]) if (!rows.has(sentence)) rows.set(sentence, rows.size)
  return rows
}
