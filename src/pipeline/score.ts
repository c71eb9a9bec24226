// An encoder's numbers on a recipe's set, and a control's.
import { evaluate, type SentenceEncoder } from '../eval/evaluate.js'
import { retrievalControl } from '../eval/retrieval/retrieval.js'
import { scoredPairsControl } from '../eval/scored-pairs.js'
import type { Adapter } from '../model/adapter.js'
import type { Encoder } from '../model/encoder.js'
import type { Metrics } from '../train/step-event.js'
import type { Scoring } from './recipe/scoring.js'

/** Without what was asked, which is no result. */
export async function score(encoder: SentenceEncoder, scoring: Scoring, signal: AbortSignal | undefined) {
  const aborted = signal ? { signal } : {}
  if (scoring.task === 'retrieval') {
    const { task: _, data: __, split: ___, ...scores } = await evaluate(encoder, { ...scoring, ...aborted })
    return scores
  }
  const { task: _, data: __, ...scores } = await evaluate(encoder, { ...scoring, ...aborted })
  return scores
}

/** The same numbers of what takes no model: word overlap, or BM25. */
export async function scoreControl({ task, ...scoring }: Scoring, signal: AbortSignal | undefined) {
  const asked = { ...scoring, ...(signal && { signal }) }
  return task === 'retrieval' ? retrievalControl(asked) : scoredPairsControl({ task, ...asked })
}

type Scores = Awaited<ReturnType<typeof score>>

/** By name, the one that tells first. */
export function metricsOf(scores: Scores): Metrics {
  if ('spearman' in scores) return { spearman: scores.spearman }
  const values = Object.entries(scores.scores).map(([name, { value }]) => [name, value] as const)
  // nDCG is BEIR's own measure.
  return Object.fromEntries(values.sort(([a], [b]) => Number(b.startsWith('ndcg')) - Number(a.startsWith('ndcg'))))
}

/** Everything through an adapter, where there is one. */
export function through(encoder: Encoder, adapter: Adapter | undefined): SentenceEncoder {
  if (!adapter) return encoder
  return { dimension: encoder.dimension, encode: (texts, options) => encoder.encode(texts, { ...options, adapter }) }
}
