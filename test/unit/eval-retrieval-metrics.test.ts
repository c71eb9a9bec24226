// What a ranking of documents is measured by, and how the best of each query are kept.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { philox } from '#xling/data/philox'
import { rankingMetrics } from '#xling/eval/metrics/ranking'
import { TopDocuments } from '#xling/eval/retrieval/top-documents'

const { ndcg, recall, mrr } = rankingMetrics

/** A few roundings of f64. */
const near = (value: number, wanted: number) => assert.ok(Math.abs(value - wanted) < 1e-15, `${value}, ${wanted}`)

test('the best ranking has 1, whatever the judgements are', () => {
  for (const judged of [[1], [3, 2, 1, 0, -1], [0, 1, 0, 5, 5]]) {
    const best = judged.toSorted((a, b) => b - a)
    for (const at of [1, 2, 7, 1000]) assert.equal(ndcg(best, judged, at), 1)
    assert.equal(recall(best, judged, 5), 1)
    assert.equal(mrr(best, judged, 1), 1)
  }
})

test('one relevant document at rank r has 1/r, 1/log2(r + 1), and is found or not', () => {
  for (const rank of [1, 2, 5, 10, 11]) {
    const found = Array.from({ length: 20 }, (_, i) => (i + 1 === rank ? 1 : 0))
    const within = rank <= 10
    near(mrr(found, [1], 10), within ? 1 / rank : 0)
    near(ndcg(found, [1], 10), within ? 1 / Math.log2(rank + 1) : 0)
    assert.equal(recall(found, [1], 10), within ? 1 : 0)
  }
})

test('gains are linear, and judgements below 0 are none', () => {
  // By hand: (1/1 + 3/log2 3) / (3/1 + 1/log2 3); with gains of 2^rel - 1 it would be 0.71.
  near(ndcg([1, 3], [3, 1], 2), (1 + 3 / Math.log2(3)) / (3 + 1 / Math.log2(3)))
  assert.equal(ndcg([-2, 1], [-2, 1], 2), ndcg([0, 1], [1], 2))
  assert.equal(mrr([-1, 1], [1, -1], 2), 0.5)
  assert.equal(recall([-1, 1], [1, 1, -1], 2), 0.5)
})

test('what nobody ranked counts as not found, and without anything relevant all is 0', () => {
  near(ndcg([1], [1, 1], 2), 1 / (1 + 1 / Math.log2(3)))
  // More relevant documents than places: recall cannot be 1, nDCG can.
  assert.deepEqual([recall([1], [1, 1, 1, 1], 1), ndcg([1], [1, 1, 1, 1], 1)], [0.25, 1])
  for (const metric of Object.values(rankingMetrics))
    for (const judged of [[], [0, -1], [2]]) assert.equal(metric([], judged, 10), 0)
  for (const metric of Object.values(rankingMetrics)) assert.equal(metric([0, -1], [0, -1], 10), 0)
})

const queries = [{ id: 'q' }]

function ranked(ids: readonly string[], scores: readonly number[], depth: number, order = [...ids.keys()]) {
  const top = new TopDocuments(queries, ids, depth)
  for (const document of order) top.offer(0, document, scores[document] ?? 0)
  return top.rankings()[0]
}

test('the best are those of sorting all, in whatever order they come', () => {
  const count = 300
  const draw = (i: number, of: number) => philox([i, of, 0, 0], [7, 7])[0]
  const ids = Array.from({ length: count }, (_, i) => `d${i}`)
  // Nine scores for 300 documents: most are ties.
  const scores = ids.map((_, i) => draw(i, 0) % 9)
  const sorted = [...ids.keys()].sort((a, b) => {
    const difference = (scores[b] ?? 0) - (scores[a] ?? 0)
    return difference === 0 ? ((ids[a] ?? '') < (ids[b] ?? '') ? 1 : -1) : difference
  })
  for (const depth of [1, 7, 150, 299, 300, 1000])
    for (const shuffle of [0, 1, 2]) {
      const order = [...ids.keys()].sort((a, b) => (shuffle === 0 ? a - b : draw(a, shuffle) - draw(b, shuffle)))
      assert.deepEqual(
        ranked(ids, scores, depth, order),
        sorted.slice(0, depth).map(i => ids[i]),
      )
    }
})

test('scores that are one f32 are ties, and the last id is first', () => {
  assert.deepEqual(ranked(['a', 'b'], [1 + 1e-12, 1], 2), ['b', 'a'])
  assert.deepEqual(ranked(['a', 'b'], [1 + 1e-6, 1], 2), ['a', 'b'])
  // Also one that comes when only better ones are kept.
  assert.deepEqual(ranked(['a', 'b', 'c'], [1, 0.5, 1 - 1e-12], 1), ['c'])
  assert.deepEqual(ranked(['d9', 'd10'], [0, -0], 2), ['d9', 'd10'])
})

test("the query's own document takes no place", () => {
  assert.deepEqual(ranked(['a', 'q', 'c'], [1, 9, 0.5], 2), ['a', 'c'])
  assert.deepEqual(ranked(['q'], [1], 2), [])
})

test('a block of scores goes to its queries and documents', () => {
  const top = new TopDocuments([{ id: 'q0' }, { id: 'q1' }, { id: 'q2' }], ['a', 'b', 'c', 'd', 'e'], 2)
  top.offerAll(Float32Array.of(1, 2, 3), 1, { document: 0, query: 0 })
  // Rows are documents c, d, e, and columns q1, q2.
  top.offerAll(Float32Array.of(5, 0, 1, 4, 6, 2), 3, { document: 2, query: 1 })
  assert.deepEqual(top.rankings(), [['a'], ['e', 'c'], ['d', 'a']])
})
