// What a model is worth, by task.
import { checkChoice, checkOptions } from '../binding/options.js'
import { evaluateRetrieval, type RetrievalOptions, type RetrievalResult } from './retrieval/retrieval.js'
import { evaluateScoredPairs, type ScoredPairsOptions, type ScoredPairsResult } from './scored-pairs.js'
import type { SentenceEncoder } from './sentence-encoder.js'
import { tasks } from './tasks/index.js'

export { evaluateScores, type Scores } from './scored-pairs.js'
export type { SentenceEncoder } from './sentence-encoder.js'

/** Told apart by `task`; each task has options of its own. */
export type EvaluateOptions = ScoredPairsOptions | RetrievalOptions

/** Told apart by `task`. */
export type Result = ScoredPairsResult | RetrievalResult

/**
 * - `'semrel'`, `'sts'`: Spearman's correlation between the cosine of two sentences' vectors and the score that people
 *   gave the pair. Each different sentence is encoded once.
 * - `'retrieval'`: how near the top of a folder's documents, ranked by their vectors' cosine with a query's, those are
 *   that people found relevant. The whole folder is checked before anything is encoded; documents are encoded 4096 at a
 *   time, and only the best of each query are kept.
 *
 * Each number comes with its 95 % interval, the same for the same seed.
 * @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT` (also for a file of one pair or of equal scores),
 * `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`, `ERR_MALFORMED_FILE` with file, row or line, and column, `ERR_NO_DATA` for a
 * folder with nothing to find, `ERR_INVALID_SHAPE` and `ERR_NON_FINITE` for what the model gives, what fetching from the
 * hub does, and whatever the model's `encode` throws; the signal's reason
 */
export async function evaluate(model: SentenceEncoder, options: ScoredPairsOptions): Promise<ScoredPairsResult>
export async function evaluate(model: SentenceEncoder, options: RetrievalOptions): Promise<RetrievalResult>
export async function evaluate(model: SentenceEncoder, options: EvaluateOptions): Promise<Result>
export async function evaluate(model: SentenceEncoder, options: EvaluateOptions): Promise<Result> {
  // That it is an object: which options there are depends on the task.
  checkOptions('evaluate', options, Object.keys(options ?? {}))
  checkChoice('evaluate: task', options.task, [...Object.keys(tasks), 'retrieval'])
  return options.task === 'retrieval' ? evaluateRetrieval(model, options) : evaluateScoredPairs(model, options)
}
