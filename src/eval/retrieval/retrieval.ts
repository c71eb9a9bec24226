// How well documents are found: by a model, and by the control that needs none.
import { XlingError } from '../../binding/errors.js'
import { checkOptions } from '../../binding/options.js'
import { rankByBm25 } from '../controls/bm25.js'
import { type BootstrapOptions, bootstrapInterval, checkBootstrap } from '../metrics/bootstrap.js'
import { type RankingMetricId, rankingMetrics } from '../metrics/ranking.js'
import { checkEncoder, type SentenceEncoder } from '../sentence-encoder.js'
import { type RetrievalFolder, readRetrievalFolder } from '../tasks/beir/folder.js'
import { rankByCosine } from './cosine-ranking.js'
import type { Ranking } from './top-documents.js'

/** What is to be found where, and how it is measured. */
export interface RetrievalControlOptions extends BootstrapOptions {
  /**
   * A folder as BEIR has them: a path or hf://datasets/…. In corpus.jsonl a line is { _id, title?, text }, and what is
   * searched is the title, a blank and the text; in queries.jsonl { _id, text }. qrels/<split>.tsv has the columns
   * query-id, corpus-id and score, a whole number, above 0 for what is relevant.
   */
  readonly data: string
  /** Whose judgements, and with them whose queries. Default 'test'. */
  readonly split?: string
  /** Of how many documents from the top each number is, 1…1000. Default [10, 100]. */
  readonly at?: readonly number[]
  readonly signal?: AbortSignal
}

export interface RetrievalOptions extends RetrievalControlOptions {
  readonly task: 'retrieval'
  /** Texts that are encoded together, 1 or more. Default: the model's. */
  readonly batchSize?: number
  /** Put before each query. Default: the model's. */
  readonly queryPrompt?: string
  /** Put before each document. Default: the model's. */
  readonly documentPrompt?: string
}

/** A mean over queries. */
export interface RetrievalScore {
  /** 0…1 */
  readonly value: number
  /** 95 %, by bootstrap over queries. */
  readonly interval: readonly [low: number, high: number]
}

export interface RetrievalScores {
  /**
   * As pytrec_eval and BEIR have them, for each of `at`: 'ndcg@10' with linear gains; 'recall@10', the share of the
   * relevant documents; 'mrr@10', from the first relevant one's rank.
   */
  readonly scores: Readonly<Record<`${RankingMetricId}@${number}`, RetrievalScore>>
  /** Queries. */
  readonly n: number
  /** Of the corpus. */
  readonly documents: number
  /** Documents judged relevant, once for each query, that the corpus lacks: they count as not found. */
  readonly missing: number
  /** Queries of which the corpus has no relevant document: they count with 0. */
  readonly unanswerable: number
}

export interface RetrievalResult extends RetrievalScores {
  readonly task: 'retrieval'
  /** The folder, as it was given. */
  readonly data: string
  readonly split: string
}

const controlOptions = ['data', 'split', 'at', 'seed', 'resamples', 'signal']

/** Rankings are by cosine; one never holds the document whose id is the query's own, as in BEIR. */
export async function evaluateRetrieval(model: SentenceEncoder, options: RetrievalOptions): Promise<RetrievalResult> {
  const where = 'evaluate'
  checkOptions(where, options, ['task', ...controlOptions, 'batchSize', 'queryPrompt', 'documentPrompt'])
  const { task, data, split = 'test', batchSize, queryPrompt, documentPrompt, signal } = options
  checkEncoder(model)
  const scores = await scored(where, options, (folder, depth) =>
    rankByCosine(model, folder, { depth, batchSize, queryPrompt, documentPrompt, signal }),
  )
  return { task, data, split, ...scores }
}

/**
 * The same numbers for BM25: what common words find, to stand beside what a model finds.
 * @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`, what reading the folder does; the signal's reason
 */
export async function retrievalControl(options: RetrievalControlOptions): Promise<RetrievalScores> {
  const where = 'retrievalControl'
  checkOptions(where, options, controlOptions)
  return scored(where, options, (folder, depth) => rankByBm25(folder, { depth, signal: options.signal }))
}

async function scored(
  where: string,
  { data, split = 'test', at = [10, 100], seed, resamples, signal }: RetrievalControlOptions,
  rank: (folder: RetrievalFolder, depth: number) => Promise<Ranking[]>,
): Promise<RetrievalScores> {
  const bootstrap = { ...(seed !== undefined && { seed }), ...(resamples !== undefined && { resamples }) }
  checkBootstrap(where, bootstrap)
  checkPlaces(where, { data, split, at })
  const folder = await readRetrievalFolder(data, split, signal)
  const { queries, documents, missing, unanswerable } = folder
  const rankings = await rank(folder, Math.max(...at))
  return {
    scores: scoresOf(folder, rankings, at, bootstrap),
    ...{ n: queries.length, documents: documents.length, missing, unanswerable },
  }
}

function checkPlaces(where: string, { data, split, at }: { data: unknown; split: unknown; at: unknown }): void {
  const refuse = (problem: string): never => {
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: ${problem}`)
  }
  if (typeof data !== 'string' || data === '')
    refuse('data must be the path of a folder or an hf:// address, with corpus.jsonl, queries.jsonl and qrels/')
  if (typeof split !== 'string' || !/^[^/\\*?[\]{}()!]+$/.test(split))
    refuse(`split is ${JSON.stringify(split)} but must be the name of a file in qrels/, without '.tsv'`)
  const isPlace = (place: unknown) => Number.isInteger(place) && Number(place) >= 1 && Number(place) <= 1000
  if (!Array.isArray(at) || at.length === 0 || !at.every(isPlace))
    refuse(`at is ${JSON.stringify(at)} but must be a list of whole numbers from 1 to 1000, one at least`)
}

function scoresOf(
  { queries }: RetrievalFolder,
  rankings: readonly Ranking[],
  at: readonly number[],
  bootstrap: BootstrapOptions,
): RetrievalScores['scores'] {
  const judged = queries.map(({ judgements }, i) => ({
    found: (rankings[i] ?? []).map(id => judgements.get(id) ?? 0),
    all: [...judgements.values()],
  }))
  const scores: Record<`${RankingMetricId}@${number}`, RetrievalScore> = {}
  for (const [id, metric] of Object.entries(rankingMetrics) as [RankingMetricId, (typeof rankingMetrics)['ndcg']][])
    for (const place of at) {
      const values = Float64Array.from(judged, ({ found, all }) => metric(found, all, place))
      const value = meanOf(values, values.keys())
      const interval = bootstrapInterval(values.length, drawn => meanOf(values, drawn), bootstrap)
      scores[`${id}@${place}`] = { value, interval }
    }
  return scores
}

function meanOf(values: Float64Array, rows: Iterable<number>): number {
  let sum = 0
  for (const row of rows) sum += values[row] ?? 0
  return sum / values.length
}
