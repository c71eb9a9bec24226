// The whole way from a file and a model to a number.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type EvaluateOptions, evaluate, scoredPairsControl } from 'xling'
import { wordOverlap } from '#xling/eval/controls/word-overlap'
import { evaluateScores, type SentenceEncoder } from '#xling/eval/evaluate'
import { spearman } from '#xling/eval/metrics/spearman'
import { tasks } from '#xling/eval/tasks/index'
import { readPairs } from '#xling/eval/tasks/task'
import { throws } from '../boundary/throws.js'
import { emptyFolder } from './hub/fake-hub.js'

const untyped = <T>(value: unknown) => value as T

// The third and the fourth share sentences with the others.
const rows: [first: string, second: string, score: number][] = [
  ['a cat sat', 'the cat sat down', 4],
  ['rain', 'a dry summer', 0.5],
  ['rain', 'heavy rain', 3.5],
  ['heavy rain', 'a cat sat', 0],
  ['one', 'one', 5],
]

function written(t: TestContext): string {
  const file = join(emptyFolder(t), 'sts.csv')
  writeFileSync(file, rows.map(row => `${row.join(',')}\n`).join(''))
  return file
}

/** Counts of letters: a model as small as can be. It keeps what it was asked. */
class Letters implements SentenceEncoder {
  readonly dimension = 26
  asked: { texts: readonly string[]; options: object | undefined }[] = []

  async encode(texts: readonly string[], options?: object): Promise<Float32Array> {
    this.asked.push({ texts, options })
    return Float32Array.from(texts.flatMap(text => this.#counts(text)))
  }

  #counts(text: string): number[] {
    const counts = new Array<number>(this.dimension).fill(0)
    for (const letter of text.replace(/[^a-z]/g, '')) {
      const at = letter.charCodeAt(0) - 97
      counts[at] = (counts[at] ?? 0) + 1
    }
    return counts
  }
}

/** Of two of the model's vectors, with no code of the tested side. */
async function cosine(model: SentenceEncoder, first: string, second: string): Promise<number> {
  const [a, b] = [await model.encode([first]), await model.encode([second])]
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0)
  return dot(a, b) / (Math.hypot(...a) * Math.hypot(...b))
}

test("a result is the correlation of the cosines with people's scores, with its interval", async t => {
  const [data, model] = [written(t), new Letters()]
  const result = await evaluate(model, { task: 'sts', data })
  const likenesses = await Promise.all(rows.map(([first, second]) => cosine(new Letters(), first, second)))
  assert.equal(
    result.spearman,
    spearman(
      likenesses,
      rows.map(([, , score]) => score),
    ),
  )
  const { interval, ...rest } = result
  assert.deepEqual(rest, { task: 'sts', data, spearman: result.spearman, n: 5 })
  const [low, high] = interval
  assert.ok(-1 <= low && low < high && high <= 1, `${interval}`)
  assert.deepEqual(await evaluate(model, { task: 'sts', data }), result)
  assert.notDeepEqual((await evaluate(model, { task: 'sts', data, seed: 1, resamples: 37 })).interval, interval)
})

test('each sentence is encoded once, in one call, with what was asked for', async t => {
  const [data, model, signal] = [written(t), new Letters(), new AbortController().signal]
  await evaluate(model, { task: 'sts', data })
  await evaluate(model, { task: 'sts', data, batchSize: 3, prompt: 'query: ', signal, limit: 2 })
  assert.deepEqual(model.asked, [
    { texts: ['a cat sat', 'the cat sat down', 'rain', 'a dry summer', 'heavy rain', 'one'], options: {} },
    {
      texts: ['a cat sat', 'the cat sat down', 'rain', 'a dry summer'],
      options: { batchSize: 3, prompt: 'query: ', signal },
    },
  ])
})

test('the first pairs alone, where there is a limit', async t => {
  const data = written(t)
  const { n, spearman } = await evaluate(new Letters(), { task: 'sts', data, limit: 2 })
  assert.deepEqual([n, spearman], [2, 1])
})

test('a control goes the same way', async t => {
  const pairs = await readPairs(tasks.sts, written(t))
  const overlap = wordOverlap(pairs)
  assert.deepEqual([...overlap], [4 / 7, 0, 2 / 3, 0, 1])
  const { spearman: rho, n, interval } = evaluateScores(pairs, overlap, { seed: 3 })
  assert.equal(rho, spearman(overlap, [4, 0.5, 3.5, 0, 5]))
  assert.equal(n, 5)
  assert.deepEqual(evaluateScores(pairs, overlap, { seed: 3 }).interval, interval)
  await throws(() => evaluateScores(pairs, overlap.subarray(1)), 'ERR_INVALID_SHAPE', '4 values stand beside 5')
})

test('misuse is refused before anything is read or encoded', async () => {
  const model = new Letters()
  const call =
    (options: object, of: unknown = model) =>
    () =>
      evaluate(untyped(of), untyped<EvaluateOptions>(options))
  const given = { task: 'sts', data: '/nowhere/sts.csv' }
  await throws(call({ ...given, batchsize: 3 }), 'ERR_UNKNOWN_OPTION', "did you mean 'batchSize'")
  await throws(call(untyped(undefined)), 'ERR_INVALID_ARGUMENT', 'options must be an object')
  await throws(call({ ...given, task: 'sst' }), 'ERR_INVALID_ARGUMENT', "must be one of 'semrel', 'sts'")
  await throws(call({ ...given, task: 'toString' }), 'ERR_INVALID_ARGUMENT', 'evaluate: task is "toString"')
  for (const seed of [-1, 1.5])
    await throws(call({ ...given, seed }), 'ERR_INVALID_ARGUMENT', `evaluate: seed is ${seed}`)
  await throws(call({ ...given, resamples: 0 }), 'ERR_INVALID_ARGUMENT', 'evaluate: resamples is 0')
  await throws(call({ ...given, limit: 0 }), 'ERR_INVALID_ARGUMENT', 'limit is 0')
  for (const data of ['', undefined, 7])
    await throws(call({ ...given, data }), 'ERR_INVALID_ARGUMENT', 'must be a path')
  for (const none of [null, {}, { encode: 1 }])
    await throws(call(given, none), 'ERR_INVALID_ARGUMENT', 'give an Encoder')
  await throws(call(given), 'ERR_FILE_NOT_FOUND', 'there is no file /nowhere/sts.csv')
  assert.deepEqual(model.asked, [])
})

test('what a model gives is checked', async t => {
  const data = written(t)
  const of = (vectors: unknown, dimension: unknown = 2) =>
    evaluate(untyped({ dimension, encode: async () => vectors }), { task: 'sts', data })
  await throws(() => of(new Float32Array(11)), 'ERR_INVALID_SHAPE', '11 numbers for 6 sentences of dimension 2')
  await throws(() => of(new Array(12).fill(1)), 'ERR_INVALID_SHAPE', 'it must give a Float32Array')
  await throws(() => of(new Float32Array(0), 0), 'ERR_INVALID_SHAPE', 'dimension 0')
  await throws(() => of(new Float32Array(12), null), 'ERR_INVALID_SHAPE', 'dimension null')
  await throws(() => of(new Float32Array(12).fill(1, 0, 11).fill(Number.NaN, 11)), 'ERR_NON_FINITE', 'vector 5')
  // One direction for all: no order at all.
  await throws(() => of(new Float32Array(12).fill(3)), 'ERR_INVALID_ARGUMENT', 'of the first list are 1')
})

test('an abort rejects with its reason, before and during', async t => {
  const data = written(t)
  const model = new Letters()
  const reason = new Error('enough')
  await assert.rejects(evaluate(model, { task: 'sts', data, signal: AbortSignal.abort(reason) }), reason)
  assert.deepEqual(model.asked, [])
  const controller = new AbortController()
  const aborting: SentenceEncoder = {
    dimension: model.dimension,
    encode: texts => {
      controller.abort(reason)
      return model.encode(texts)
    },
  }
  await assert.rejects(evaluate(aborting, { task: 'sts', data, signal: controller.signal }), reason)
})

test('several files are scored as one, in the order of their names, up to the limit', async t => {
  const [whole, model] = [written(t), new Letters()]
  const folder = emptyFolder(t)
  for (const [name, part] of [
    ['b.csv', rows.slice(2)],
    ['a.csv', rows.slice(0, 2)],
  ] as const)
    writeFileSync(join(folder, name), part.map(row => `${row.join(',')}\n`).join(''))
  const { data: _, ...wanted } = await evaluate(model, { task: 'sts', data: whole })
  const { data, ...got } = await evaluate(model, { task: 'sts', data: join(folder, '*.csv') })
  assert.deepEqual(got, wanted)
  assert.equal(data, join(folder, '*.csv'))
  for (const limit of [2, 3, 4]) {
    const cut = await evaluate(model, { task: 'sts', data: join(folder, '*.csv'), limit })
    const { data: __, ...first } = await evaluate(model, { task: 'sts', data: whole, limit })
    assert.deepEqual({ ...cut, data: undefined }, { ...first, data: undefined })
  }
  await throws(
    () => evaluate(model, { task: 'sts', data: whole, limit: 0 }),
    'ERR_INVALID_ARGUMENT',
    'evaluate: limit is 0',
  )
  await throws(
    () => evaluate(model, { task: 'sts', data: untyped(['a']) }),
    'ERR_INVALID_ARGUMENT',
    'evaluate: data must be a path',
  )
})

test('word overlap stands beside a model, on the same pairs, where it tells anything', async t => {
  const data = written(t)
  const pairs = await readPairs(tasks.sts, data)
  const control = await scoredPairsControl({ task: 'sts', data, seed: 3, limit: 5 })
  assert.deepEqual(control, evaluateScores(pairs, wordOverlap(pairs), { seed: 3 }))
  const other = join(emptyFolder(t), 'other.csv')
  writeFileSync(other, 'koru,dog,1\nmiva,cat,2\n')
  assert.equal(await scoredPairsControl({ task: 'sts', data: other }), undefined)
  const refuses = (change: object, text: string, code: 'ERR_INVALID_ARGUMENT' | 'ERR_UNKNOWN_OPTION') =>
    throws(() => scoredPairsControl({ task: 'sts', data, ...change }), code, text)
  await refuses({ task: 'stsb' }, 'scoredPairsControl: task', 'ERR_INVALID_ARGUMENT')
  await refuses({ limit: 0 }, 'scoredPairsControl: limit is 0', 'ERR_INVALID_ARGUMENT')
  await refuses({ data: 7 }, 'scoredPairsControl: data must be', 'ERR_INVALID_ARGUMENT')
  await refuses({ batchSize: 7 }, "no option 'batchSize'", 'ERR_UNKNOWN_OPTION')
})
