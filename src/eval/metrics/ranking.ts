// How good a ranking of documents is, by people's judgements of them.

/**
 * Of the first `at` documents of one ranking, 0…1, as trec_eval has it; 0 where nothing is relevant.
 * @param found the judgements of the ranked documents, best first; 0 for one that is not judged
 * @param judged all judgements there are for the query, in any order
 * @param at 1 or more
 */
export type RankingMetric = (found: readonly number[], judged: readonly number[], at: number) => number

export const rankingMetrics = { ndcg, recall, mrr } satisfies Record<string, RankingMetric>

export type RankingMetricId = keyof typeof rankingMetrics

/**
 * Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002) with linear gains, as in trec_eval's ndcg_cut: the
 * sum of judgement / log2(rank + 1) over what it is for the best ranking.
 */
function ndcg(found: readonly number[], judged: readonly number[], at: number): number {
  const best = judged.toSorted((a, b) => b - a)
  return ratio(gain(found, at), gain(best, at))
}

function gain(judgements: readonly number[], at: number): number {
  return judgements.slice(0, at).reduce((sum, judgement, i) => sum + Math.max(judgement, 0) / Math.log2(i + 2), 0)
}

/** The share of the relevant documents. */
function recall(found: readonly number[], judged: readonly number[], at: number): number {
  return ratio(found.slice(0, at).filter(isRelevant).length, judged.filter(isRelevant).length)
}

/** 1 / the rank of the first relevant document; its mean over queries is the mean reciprocal rank. */
function mrr(found: readonly number[], _judged: readonly number[], at: number): number {
  const first = found.slice(0, at).findIndex(isRelevant)
  return first < 0 ? 0 : 1 / (first + 1)
}

const isRelevant = (judgement: number) => judgement > 0

const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : 0)
