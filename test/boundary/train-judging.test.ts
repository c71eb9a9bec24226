// When a run is evaluated, which weights it ends with, and when it ends early.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Encoder, type Metrics, type TrainOptions, train } from 'xling'
import { throws } from './throws.js'
import { told, triplets, withFolders } from './train-fixture.js'

const options = { objective: 'contrastive', data: triplets, epochs: 2, batchSize: 2, lr: 1e-3 } as const

/** A run with an evaluation that gives these numbers in turn; and its weights after each step. */
async function judged(folder: string, numbers: readonly unknown[], more: Partial<TrainOptions> = {}) {
  await using model = await Encoder.load(folder)
  let asked = 0
  const evaluate = async () => {
    const given = numbers[asked]
    asked += 1
    return (typeof given === 'number' ? { spearman: given, other: -given } : given) as Metrics
  }
  const weights: object[] = []
  const events: { step: number; evaluation?: Metrics; best?: boolean }[] = []
  for await (const { step, evaluation, best } of train(model, { ...options, evaluate, ...more })) {
    events.push({ step, ...(evaluation && { evaluation }), ...(best !== undefined && { best }) })
    weights.push(await model.parameters())
  }
  const evaluated = events.filter(event => event.evaluation).map(({ step, best }) => [step, best])
  const last = await model.parameters()
  return { evaluated, steps: events.length, endsWith: weights.findIndex(one => isDeepEqual(one, last)) + 1 }
}

function isDeepEqual(a: object, b: object): boolean {
  try {
    assert.deepEqual(a, b)
    return true
  } catch {
    return false
  }
}

test('a run is evaluated once an epoch, or as often as is asked, and at its end however short it is', () =>
  withFolders(async ({ encoder }) => {
    const rising = Array.from({ length: 20 }, (_, i) => i)
    const when = async (more: Partial<TrainOptions>) =>
      (await judged(encoder, rising, more)).evaluated.map(([step]) => step)
    assert.deepEqual(await when({}), [5, 10])
    assert.deepEqual(await when({ evaluateEvery: 4 }), [4, 8, 10])
    assert.deepEqual(await when({ evaluateEvery: 1000 }), [10])
    assert.deepEqual(await when({ steps: 1 }), [1])
    assert.deepEqual(await when({ epochs: 0.1, batchSize: 16 }), [1])
  }))

for (const folder of [false, true])
  test(`the model ends with its best weights, ${folder ? 'of a folder' : 'in memory'}, or with the last`, () =>
    withFolders(async ({ encoder, run }) => {
      const numbers = [0.1, 0.5, 0.5, 0.4, 0.2]
      const how = (more: object) => ({ evaluateEvery: 2, ...(folder ? { folder: run, fresh: true } : {}), ...more })
      const best = await judged(encoder, numbers, how({}))
      assert.deepEqual(best.evaluated, [
        [2, true],
        [4, true],
        [6, false],
        [8, false],
        [10, false],
      ])
      assert.equal(best.endsWith, 4)
      assert.equal((await judged(encoder, numbers, how({ keep: 'last' }))).endsWith, 10)
      assert.equal((await judged(encoder, numbers, how({ metric: 'other' }))).endsWith, 2)
      assert.equal((await judged(encoder, numbers, how({ better: 'lower' }))).endsWith, 2)
      const losses = numbers.map(loss => ({ loss }))
      assert.equal((await judged(encoder, losses, how({}))).endsWith, 2)
      assert.equal((await judged(encoder, losses, how({ better: 'higher' }))).endsWith, 4)
    }))

test('a run ends early when nothing gets better for as long as its patience lasts', () =>
  withFolders(async ({ encoder }) => {
    const numbers = [0.1, 0.5, 0.5, 0.4, 0.6]
    const two = await judged(encoder, numbers, { evaluateEvery: 2, patience: 2 })
    assert.deepEqual([two.steps, two.endsWith], [8, 4])
    const three = await judged(encoder, numbers, { evaluateEvery: 2, patience: 3 })
    assert.deepEqual([three.steps, three.endsWith], [10, 10])
    const one = await judged(encoder, [3, 2], { evaluateEvery: 1, patience: 1 })
    assert.deepEqual([one.steps, one.endsWith], [2, 1])
  }))

test('an evaluation that gives no number is refused', () =>
  withFolders(async ({ encoder }) => {
    const refuses = (given: unknown, text: string, more: Partial<TrainOptions> = {}) =>
      throws(() => judged(encoder, [given], { steps: 1, ...more }), 'ERR_INVALID_ARGUMENT', text)
    await refuses(undefined, 'evaluate gave undefined')
    await refuses({}, 'evaluate gave {}')
    await refuses({ spearman: 'high' }, "no finite number 'spearman'")
    await refuses({ spearman: Number.NaN }, "no finite number 'spearman'")
    await refuses({ spearman: 0.5 }, "no finite number 'spearmann'", { metric: 'spearmann' })
  }))

test('two runs of one model at once are refused, and one after the other are not', () =>
  withFolders(async ({ encoder }) => {
    await using model = await Encoder.load(encoder)
    const first = train(model, options)
    await first.next()
    await throws(() => train(model, options).next(), 'ERR_INVALID_ARGUMENT', 'is being trained')
    await first.return(undefined as never)
    assert.equal((await told(train(model, { ...options, steps: 2 }))).length, 2)
  }))
