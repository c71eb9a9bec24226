// What the training loop comes to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Decoder, Encoder, type StepEvent, train } from 'xling'
import { packExamples } from '#xling/data/collate'
import { renderExample } from '#xling/prompt/render'
import { plain } from '#xling/prompt/templates/plain'
import { Course } from '#xling/train/course'
import { labelledBatch } from '#xling/train/objectives/labelled'
import { throws } from './throws.js'
import { adapted, sentences, sftRows, told, triplets, withFolders } from './train-fixture.js'
import { near } from './training-case.js'

test('a run is accumulate and step by hand, to the bit', () =>
  withFolders(async ({ decoder }) => {
    await using one = await adapted(decoder)
    await using two = await adapted(decoder)
    const settings = { clip: 0.3, weightDecay: 0.01, noDecay: /lora_B/ }
    const events = await told(
      train(one.llm, {
        ...{ objective: 'sft', data: sftRows, adapter: one.adapter, epochs: 2, batchSize: 2, accumulation: 2 },
        ...{ lr: 1e-2, schedule: 'linear', warmup: 2, seed: 5, ...settings },
      }),
    )

    const rows = sftRows.map(({ sent0, sent1 }, key) => ({
      ...renderExample(two.llm.tokenizer, plain.positive, { sentence: sent0, answer: sent1 }, { maxTokens: 512 }),
      key,
    }))
    const course = new Course({ rows: 10, batchSize: 2, accumulation: 2, epochs: 2, mostSteps: 100, seed: 5 })
    const rates = [5e-3, 1e-2, 1e-2, 7.5e-3, 5e-3, 2.5e-3]
    for (const [step, lr] of rates.entries()) {
      let [sum, count, tokens] = [0, 0, 0]
      for (const places of course.microBatches(step)) {
        const batch = packExamples(Array.from(places, place => rows[place] as (typeof rows)[number]))
        const learnt = await two.llm.accumulate(batch, { objective: 'sft', adapter: two.adapter, seed: 5 })
        sum += learnt.loss * learnt.count
        count += learnt.count
        tokens += batch.ids.length
      }
      const { gradNorm } = await two.llm.step({ lr, ...settings })
      await two.llm.zeroGrad()
      assert.deepEqual(events[step], {
        ...{ step: step + 1, steps: 6, epoch: (step + 1) / 3, losses: { sft: sum / count }, gradNorm, lr, tokens },
        rows: step % 3 === 2 ? 2 : 4,
        data: { rows: 10, skipped: 0, truncated: 0 },
      })
    }
    assert.equal(events.length, rates.length)
    assert.deepEqual(await one.adapter.parameters(), await two.adapter.parameters())
  }))

test('what was trained before on a model changes nothing in a run', () =>
  withFolders(async ({ decoder }) => {
    await using one = await adapted(decoder)
    await using two = await adapted(decoder)
    const options = { objective: 'sft', data: sftRows, epochs: 1, batchSize: 4, lr: 1e-2 } as const
    const other = two.llm.addAdapter('other', { dropout: 0.5, seed: 9 })
    await told(train(two.llm, { ...options, adapter: other }))
    const run = ({ llm, adapter }: typeof one) => told(train(llm, { ...options, adapter }))
    assert.deepEqual(await run(two), await run(one))
    assert.deepEqual(await two.adapter.parameters(), await one.adapter.parameters())
  }))

for (const [what, data] of Object.entries({
  triplets,
  pairs: triplets.map(({ anchor, positive }) => ({ sent0: anchor, sent1: positive })),
  sentences,
}))
  test(`an encoder learns from ${what}, rows at hand or one by one, and follows its seed`, () =>
    withFolders(async ({ encoder }) => {
      const run = async (seed: number, rows: Iterable<object> | AsyncIterable<object>) => {
        await using model = await Encoder.load(encoder)
        const events = await told(
          train(model, { objective: 'contrastive', data: rows, epochs: 12, batchSize: 5, lr: 3e-3, seed }),
        )
        return { events, vectors: await model.encode(['dog sees here']) }
      }
      async function* oneByOne() {
        yield* data
      }
      const { events, vectors } = await run(1, data)
      assert.equal(events.length, 24)
      const losses = events.map(({ losses }) => losses.contrastive ?? Number.NaN)
      assert.ok((losses.at(-1) ?? 0) < (losses[0] ?? 0) / 2, losses.join(' '))
      const again = await run(1, oneByOne())
      assert.deepEqual(again, { events, vectors })
      assert.notDeepEqual((await run(2, data)).vectors, vectors)
    }))

test('of pairs an encoder learns from what follows, and contradictions alone are no data', () =>
  withFolders(async ({ encoder }) => {
    const learnt = async (data: readonly object[]) => {
      await using model = await Encoder.load(encoder)
      await told(train(model, { objective: 'contrastive', data, steps: 4, batchSize: 4, lr: 1e-3 }))
      return await model.encode(['dog sees here'])
    }
    const pairs = triplets.map(({ anchor, positive }) => ({ premise: anchor, hypothesis: positive, label: 0 }))
    const others = triplets.map(({ anchor, negative }) => ({ premise: anchor, hypothesis: negative, label: 2 }))
    const vectors = await learnt(pairs)
    assert.deepEqual(await learnt([...pairs, ...others]), vectors)
    await throws(() => learnt(others), 'ERR_NO_DATA', 'hold no positive pair')
  }))

test('an encoder learns to guess masked tokens, others at every step', () =>
  withFolders(async ({ encoder }) => {
    await using model = await Encoder.load(encoder)
    const events = await told(
      train(model, {
        objective: 'masked-lm',
        data: sentences,
        epochs: 40,
        batchSize: 10,
        lr: 5e-3,
        maskProbability: 0.3,
      }),
    )
    const mean = (some: readonly Omit<StepEvent, 'seconds'>[]) =>
      some.reduce((sum, { losses }) => sum + (losses['masked-lm'] ?? Number.NaN), 0) / some.length
    assert.ok(mean(events.slice(-5)) < 0.6 * mean(events.slice(0, 5)))
    // At rate 0 everything but the masks would stay the same; at this one almost.
    const still = await told(
      train(model, { objective: 'masked-lm', data: sentences, epochs: 6, batchSize: 10, lr: 1e-12, dropout: 0 }),
    )
    assert.ok(new Set(still.map(({ losses }) => losses['masked-lm'])).size > 3)
  }))

test('an adapter of an encoder is trained in place of the encoder', () =>
  withFolders(async ({ encoder }) => {
    await using model = await Encoder.load(encoder)
    const adapter = model.addAdapter('x', { rank: 2 })
    const [own, factors] = [await model.parameters(), await adapter.parameters()]
    await told(train(model, { objective: 'contrastive', data: triplets, adapter, epochs: 1, lr: 1e-2 }))
    assert.deepEqual(await model.parameters(), own)
    assert.notDeepEqual(await adapter.parameters(), factors)
  }))

test('prompts at hand are learnt from as they are', () =>
  withFolders(async ({ decoder }) => {
    const loss = async (data: Iterable<object>) => {
      await using model = await Decoder.load(decoder, { trainable: 'all' })
      const [event] = await told(train(model, { objective: 'sft', data, epochs: 1, lr: 1e-3 }))
      return event?.losses.sft
    }
    const { before, after } = plain.negative
    const written = sftRows.map(({ sent0, sent1 }) => ({ prompt: before + sent0 + after, completion: sent1 }))
    assert.equal(await loss(written), await loss(sftRows.map(({ sent0, sent1 }) => ({ sent0, hard_neg: sent1 }))))
    assert.notEqual(await loss(written), await loss(sftRows))
  }))

test('rows that are too many tokens for one pass come to the same in pieces', async () => {
  const rows = [5000, 3000, 200, 9000, 1].map((length, key) => {
    const ids = new Int32Array(length).fill(key)
    return { ids, labels: ids, key }
  })
  const seen: number[][] = []
  const batch = labelledBatch(rows, async ({ offsets, keys = new Int32Array(0) }) => {
    seen.push([...keys])
    const count = offsets.at(-1) ?? 0
    return { loss: keys[0] ?? Number.NaN, count }
  })
  assert.deepEqual([batch.rows, batch.tokens], [5, 17201])
  const { loss, count } = await batch.accumulate(undefined)
  assert.deepEqual(seen, [[0, 1], [2], [3], [4]])
  assert.equal(count, 17201)
  near([loss], [(2 * 200 + 3 * 9000 + 4) / 17201], 1e-12, 'loss')
})
