// Retrieval's numbers are those of pytrec_eval: test/golden/retrieval/make.py.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { evaluate } from 'xling'
import type { SentenceEncoder } from '#xling/eval/evaluate'
import { rankingMetrics } from '#xling/eval/metrics/ranking'
import { type RetrievalScores, retrievalControl } from '#xling/eval/retrieval/retrieval'
import { TopDocuments } from '#xling/eval/retrieval/top-documents'
import { readRetrievalFolder } from '#xling/eval/tasks/beir/folder'

type Measured = Record<string, Record<string, number>>

interface Golden {
  vectors: Record<string, number[]>
  grid: Record<string, Record<string, number>>
  /** By run, query and metric. */
  measured: Record<'grid' | 'cosine' | 'bm25', Measured>
}

const data = join('test', 'golden', 'retrieval')
const golden = JSON.parse(readFileSync(join(data, 'golden.json'), 'utf8')) as Golden
const at = [1, 3, 10, 100]

function near(value: number | undefined, wanted: number | undefined, what: string): void {
  assert.ok(Math.abs((value ?? 9) - (wanted ?? 99)) < 1e-12, `${what}: ${value}, and pytrec_eval has ${wanted}`)
}

/** Means over the queries that pytrec_eval evaluates. */
function sameMeans({ scores, n }: RetrievalScores, measured: Measured): void {
  const byQuery = Object.values(measured)
  assert.equal(n, byQuery.length)
  const names = Object.keys(byQuery[0] ?? {}) as (keyof typeof scores)[]
  assert.deepEqual(Object.keys(scores).sort(), [...names].sort())
  for (const name of names) {
    const mean = byQuery.reduce((sum, of) => sum + (of[name] ?? Number.NaN), 0) / n
    near(scores[name]?.value, mean, name)
    const [low, high] = scores[name]?.interval ?? []
    assert.ok(low !== undefined && high !== undefined && low <= mean && mean <= high, `${name}: ${low} ${high}`)
  }
}

test('a run with ties is measured as pytrec_eval does, query by query', async () => {
  const { queries, documents } = await readRetrievalFolder(data, 'test')
  const numbers = new Map(documents.map((id, i) => [id, i]))
  const top = new TopDocuments(queries, documents, 100)
  for (const [i, { id }] of queries.entries())
    for (const [document, score] of Object.entries(golden.grid[id] ?? {}))
      top.offer(i, numbers.get(document) ?? -1, score)
  const rankings = top.rankings()
  assert.equal(queries.length, Object.keys(golden.measured.grid).length)
  for (const [i, { id, judgements }] of queries.entries()) {
    const found = (rankings[i] ?? []).map(document => judgements.get(document) ?? 0)
    for (const [name, metric] of Object.entries(rankingMetrics))
      for (const k of at)
        near(
          metric(found, [...judgements.values()], k),
          golden.measured.grid[id]?.[`${name}@${k}`],
          `${id} ${name}@${k}`,
        )
  }
})

test('evaluate ranks by cosine, exactly, and counts what cannot be found', async () => {
  const encoder: SentenceEncoder = {
    dimension: 8,
    encode: async texts => Float32Array.from(texts.flatMap(text => golden.vectors[text] ?? assert.fail(text))),
  }
  const result = await evaluate(encoder, { task: 'retrieval', data, at })
  sameMeans(result, golden.measured.cosine)
  const { documents, missing, unanswerable, task, split } = result
  assert.deepEqual(
    { task, split, data: result.data, documents, missing, unanswerable },
    // q2 and q3 are unanswerable; five queries lack one document and q3 two.
    { task: 'retrieval', split: 'test', data, documents: 130, missing: 7, unanswerable: 2 },
  )
})

test("the control is BM25, as bm25s' lucene has it", async () => {
  const control = await retrievalControl({ data, at })
  sameMeans(control, golden.measured.bm25)
  assert.deepEqual([control.documents, control.missing, control.unanswerable], [130, 7, 2])
})
