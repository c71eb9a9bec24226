// From a folder and a model to how well the model finds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EvaluateOptions, evaluate, type Result, type RetrievalOptions, retrievalControl } from 'xling'
import { philox } from '#xling/data/philox'
import type { SentenceEncoder } from '#xling/eval/evaluate'
import { throws } from '../boundary/throws.js'
import { beirFolder, judgements, lines } from './eval/beir-folder.js'

const untyped = <T>(value: unknown) => value as T

const width = 8

/**
 * The number in a text gives its direction, 'long' makes it 1e3 times as long: a model of which is known what it finds. It
 * keeps what it was asked.
 */
class Numbers implements SentenceEncoder {
  readonly dimension = width
  readonly asked: { texts: readonly string[]; options: object | undefined }[] = []

  async encode(texts: readonly string[], options?: object): Promise<Float32Array> {
    this.asked.push({ texts, options })
    const vectors = new Float32Array(texts.length * width)
    for (const [i, text] of texts.entries()) {
      const number = Number(/\d+/.exec(text)?.[0])
      for (let at = 0; at < width; at += 4)
        vectors.set(
          philox([number, at, 0, 0], [1, 2]).map(word => (word / 2 ** 31 - 1) * (text.startsWith('long') ? 1e3 : 1)),
          i * width + at,
        )
    }
    return vectors
  }
}

const counting = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Queries and documents with one number look the same way. */
const largeFiles = (documents: readonly number[], queries: number) => ({
  'corpus.jsonl': lines(documents.map(i => ({ _id: `d${i}`, text: `${i % 3 ? 'document' : 'long document'} ${i}` }))),
  'queries.jsonl': lines(counting(queries).map(i => ({ _id: `q${i}`, text: `query ${i}` }))),
  'qrels/test.tsv': judgements(
    counting(queries).flatMap(i => [[`q${i}`, `d${i}`, 1] as const, [`q${i}`, `d${i + 1}`, 1] as const]),
  ),
})

test('each of many queries finds its own of many documents, however they lie in the file', async t => {
  // Beyond what is encoded and scored at a time, on both sides.
  const [documents, queries] = [4500, 4200]
  const options = { task: 'retrieval', at: [1, 50], resamples: 2 } as const
  const model = new Numbers()
  const result = await evaluate(model, { ...options, data: beirFolder(t, largeFiles(counting(documents), queries)) })
  assert.deepEqual([result.n, result.documents], [queries, documents])
  // Two directions of 4500 in 8 dimensions are never as near as one to itself.
  assert.equal(result.scores['mrr@1']?.value, 1)
  assert.equal(result.scores['recall@1']?.value, 0.5)
  assert.equal(result.scores['ndcg@1']?.value, 1)
  const most = Math.max(...model.asked.slice(1).map(({ texts }) => texts.length))
  assert.ok(most < documents, `${most} documents were encoded at a time`)
  // Documents are scored with others now: every number is the same, those of ranks 2 to 50 too.
  const stepping = counting(documents).map(i => (i * 1213) % documents)
  const again = await evaluate(new Numbers(), { ...options, data: beirFolder(t, largeFiles(stepping, queries)) })
  assert.deepEqual({ ...again, data: '' }, { ...result, data: '' })
})

test('queries are encoded first, then documents, each with what was asked for', async t => {
  const [data, model, signal] = [beirFolder(t, largeFiles([0, 1], 1)), new Numbers(), new AbortController().signal]
  const prompts = { queryPrompt: 'query: ', documentPrompt: 'passage: ', batchSize: 3, signal }
  await evaluate(model, { task: 'retrieval', data })
  await evaluate(model, { task: 'retrieval', data, ...prompts })
  const [queries, documents] = [['query 0'], ['long document 0', 'document 1']]
  assert.deepEqual(model.asked, [
    { texts: queries, options: {} },
    { texts: documents, options: {} },
    { texts: queries, options: { batchSize: 3, prompt: 'query: ', signal } },
    { texts: documents, options: { batchSize: 3, prompt: 'passage: ', signal } },
  ])
})

test('by default numbers are of 10 and of 100 documents of test, with one interval for one seed', async t => {
  const data = beirFolder(t, largeFiles(counting(300), 30))
  const of = (options: Partial<RetrievalOptions>) => evaluate(new Numbers(), { task: 'retrieval', data, ...options })
  const result = await of({})
  assert.deepEqual(Object.keys(result.scores), ['ndcg@10', 'ndcg@100', 'recall@10', 'recall@100', 'mrr@10', 'mrr@100'])
  assert.deepEqual(await of({ at: [10, 100], split: 'test', seed: 0, resamples: 1000 }), result)
  const intervals = (from: Result) =>
    'scores' in from ? Object.values(from.scores).map(({ interval }) => interval) : []
  assert.notDeepEqual(intervals(await of({ seed: 1 })), intervals(result))
  for (const { value, interval } of Object.values(result.scores)) {
    const [low, high] = interval
    assert.ok(0 <= low && low <= value && value <= high && high <= 1, `${low} ${value} ${high}`)
  }
  // Asking for more places changes nothing of the others.
  const deep = await of({ at: [1000, 10, 100] })
  for (const name of Object.keys(result.scores) as (keyof typeof result.scores)[])
    assert.deepEqual(deep.scores[name], result.scores[name])
})

test('queries that are documents do not find themselves, and documents without words are ranked', async t => {
  const files = {
    'corpus.jsonl': lines([
      { _id: 'a', text: 'rain 1' },
      { _id: 'b', text: 'rain 1' },
      { _id: 'c', text: '…' },
    ]),
    'queries.jsonl': lines([{ _id: 'a', text: 'Rain, 1' }]),
    'qrels/test.tsv': judgements([['a', 'b', 1]]),
  }
  const data = beirFolder(t, files)
  const zeros: SentenceEncoder = { dimension: 2, encode: async texts => new Float32Array(2 * texts.length) }
  const at = [1, 2]
  // By cosine all are 0: c is before b.
  const { scores } = await evaluate(zeros, { task: 'retrieval', data, at })
  assert.deepEqual([scores['mrr@1']?.value, scores['mrr@2']?.value], [0, 0.5])
  assert.equal((await retrievalControl({ data, at })).scores['mrr@1']?.value, 1)
  // Words of no document find nothing; nor does a corpus that has no word.
  for (const corpus of [
    files['corpus.jsonl'].replaceAll('rain 1', 'sun'),
    files['corpus.jsonl'].replaceAll('rain 1', ''),
  ]) {
    const control = await retrievalControl({ data: beirFolder(t, { ...files, 'corpus.jsonl': corpus }), at })
    assert.equal(control.scores['recall@2']?.value, 0)
  }
})

test('misuse is refused before anything is read or encoded', async () => {
  const model = new Numbers()
  const call =
    (options: object, of: unknown = model) =>
    () =>
      evaluate(untyped(of), untyped<EvaluateOptions>(options))
  const given = { task: 'retrieval', data: '/nowhere' }
  await throws(
    call({ ...given, queryPromt: '' }),
    'ERR_UNKNOWN_OPTION',
    "evaluate: there is no option 'queryPromt'; did you mean 'queryPrompt'",
  )
  // Each task has its own.
  for (const option of ['limit', 'prompt'])
    await throws(call({ ...given, [option]: 1 }), 'ERR_UNKNOWN_OPTION', `there is no option '${option}'`)
  for (const option of ['split', 'at', 'queryPrompt', 'documentPrompt'])
    await throws(call({ ...given, task: 'sts', [option]: 1 }), 'ERR_UNKNOWN_OPTION', `there is no option '${option}'`)
  await throws(
    call({ ...given, task: 'retreival', split: 'dev' }),
    'ERR_INVALID_ARGUMENT',
    "'semrel', 'sts', 'retrieval'",
  )
  for (const data of ['', undefined, 7, ['/nowhere']])
    await throws(call({ ...given, data }), 'ERR_INVALID_ARGUMENT', 'evaluate: data must be the path of a folder')
  for (const split of ['', null, '../test', 'a\\b', 't*', 3])
    await throws(call({ ...given, split }), 'ERR_INVALID_ARGUMENT', `evaluate: split is ${JSON.stringify(split)}`)
  for (const at of [[], 10, [0], [1.5], [1001], ['10'], null])
    await throws(call({ ...given, at }), 'ERR_INVALID_ARGUMENT', `evaluate: at is ${JSON.stringify(at)}`)
  await throws(call({ ...given, seed: -1 }), 'ERR_INVALID_ARGUMENT', 'evaluate: seed is -1')
  await throws(call({ ...given, resamples: 0 }), 'ERR_INVALID_ARGUMENT', 'evaluate: resamples is 0')
  for (const none of [null, {}]) await throws(call(given, none), 'ERR_INVALID_ARGUMENT', 'give an Encoder')
  await throws(call(given), 'ERR_FILE_NOT_FOUND', 'there is no file /nowhere/qrels/test.tsv')
  assert.deepEqual(model.asked, [])
  const control = (options: object) => () => retrievalControl(untyped({ data: '/nowhere', ...options }))
  await throws(control({ task: 'retrieval' }), 'ERR_UNKNOWN_OPTION', "retrievalControl: there is no option 'task'")
  await throws(control({ at: [] }), 'ERR_INVALID_ARGUMENT', 'retrievalControl: at is []')
  await throws(control({ seed: -1 }), 'ERR_INVALID_ARGUMENT', 'retrievalControl: seed is -1')
  await throws(control({}), 'ERR_FILE_NOT_FOUND', 'there is no file /nowhere/qrels/test.tsv')
})

test('what a model gives is checked', async t => {
  const data = beirFolder(t)
  const of = (vectors: (texts: readonly string[]) => unknown, dimension: unknown = 2) =>
    evaluate(untyped({ dimension, encode: async (texts: string[]) => vectors(texts) }), { task: 'retrieval', data })
  await throws(() => of(() => new Float32Array(3)), 'ERR_INVALID_SHAPE', '3 numbers for 2 sentences of dimension 2')
  await throws(() => of(() => [1, 2, 3, 4]), 'ERR_INVALID_SHAPE', 'it must give a Float32Array')
  await throws(() => of(() => new Float32Array(0), 0), 'ERR_INVALID_SHAPE', 'dimension 0')
  for (const bad of [Number.NaN, Infinity])
    await throws(
      () => of(texts => Float32Array.from(texts.flatMap(text => [1, text === 'a dry summer' ? bad : 2]))),
      'ERR_NON_FINITE',
      "encode gave a number that is not finite for 'a dry summer'",
    )
  // The same array twice, which is the model's: it is as it was.
  const kept = Float32Array.of(3, 4, 6, 8)
  await of(() => kept)
  assert.deepEqual(kept, Float32Array.of(3, 4, 6, 8))
})

test('an abort rejects with its reason, before and during', async t => {
  const data = beirFolder(t)
  const model = new Numbers()
  const reason = new Error('enough')
  const aborted = AbortSignal.abort(reason)
  await assert.rejects(evaluate(model, { task: 'retrieval', data, signal: aborted }), reason)
  await assert.rejects(retrievalControl({ data, signal: aborted }), reason)
  assert.deepEqual(model.asked, [])
  const controller = new AbortController()
  const aborting: SentenceEncoder = {
    dimension: width,
    encode: (texts, options) => {
      controller.abort(reason)
      return model.encode(texts, options)
    },
  }
  await assert.rejects(evaluate(aborting, { task: 'retrieval', data, signal: controller.signal }), reason)
  assert.equal(model.asked.length, 1)
})
