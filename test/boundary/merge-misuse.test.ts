// What composing and merging refuse, and that nothing is changed then.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type Adapter, adapters, type Decoder } from 'xling'
import { ids, threeAdapters, withBase } from './adapted-base.js'
import { throws } from './throws.js'

const untyped = <T>(value: unknown) => value as T

const threeOn = (body: (model: Decoder, three: [Adapter, Adapter, Adapter], folder: string) => Promise<void>) =>
  withBase(async (model, _, folder) => {
    const before = await model.logits(ids)
    const three = await threeAdapters(model)
    await body(model, three, folder)
    await model.unmerge()
    assert.deepEqual(await model.logits(ids), before)
  })

const batch = { ids, offsets: Int32Array.of(0, 20), labels: ids }

test('compose refuses what is no sum of one model’s adapters', () =>
  withBase(async (model, open) => {
    const [task, hausa] = await threeAdapters(model)
    const refuses = (terms: unknown, text: string, options: unknown = {}, code = 'ERR_INVALID_ARGUMENT') =>
      throws(() => adapters.compose(untyped(terms), untyped(options)), untyped(code), text)
    await refuses(undefined, 'adapters.compose: give a list of pairs')
    await refuses(task, 'adapters.compose: give a list of pairs')
    await refuses([], 'give one adapter at least')
    await refuses([task], 'terms[0] must be a pair')
    await refuses([[task, 1], [hausa]], 'terms[1] must be a pair')
    for (const weight of [Number.NaN, Number.POSITIVE_INFINITY, '1', undefined])
      await refuses([[task, weight]], `the weight of terms[0] is ${weight} but must be a finite number`)
    await refuses([['task', 1]], 'adapters.compose: terms[0] must be an Adapter')
    await refuses([[task, 1]], "rule is \"svd\" but must be one of 'delta', 'factor-wise'", { rule: 'svd' })
    for (const rank of [0, 1.5, -1, 65537, '4'])
      await refuses([[task, 1]], `adapters.compose: rank is ${rank} but must be a whole number from 1 to 65536`, {
        rank,
      })
    await refuses([[task, 1]], "rank is of the rule 'delta'", { rule: 'factor-wise', rank: 2 })
    await refuses([[task, 1]], "did you mean 'rank'", { rnak: 2 }, 'ERR_UNKNOWN_OPTION')
    await refuses([[task, 1]], 'options must be an object', 4)
    await refuses([[task, 1]], "has an adapter 'hausa' already", { name: 'hausa' })
    await refuses([[task, 1]], 'needs a name', { name: '' })
    await refuses(
      [
        [task, 1],
        [hausa, 1],
      ],
      "'factor-wise' adds up factors of one rank, but at model.layers.0.self_attn.q_proj 'task' has 3 and 'hausa' 2",
      { rule: 'factor-wise' },
    )
    await using other = await open()
    const stranger = other.addAdapter('stranger')
    await refuses(
      [
        [task, 1],
        [stranger, 1],
      ],
      "'stranger' is an adapter of another model than 'task'",
    )
    await hausa.dispose()
    await refuses([[hausa, 1]], "'hausa' was disposed", {}, 'ERR_DISPOSED')
    // None of those is left behind.
    await adapters.compose([[task, 1]], { name: 'kept' }).dispose()
  }))

test('a sum beyond f32 is refused when it is used, and leaves no adapter that counts', () =>
  threeOn(async (model, [task]) => {
    const huge = adapters.compose([[task, 1e39]])
    await throws(() => huge.parameters(), 'ERR_NON_FINITE', 'use smaller weights')
    await throws(() => model.logits(ids, { adapter: huge }), 'ERR_DISPOSED', 'no factors')
    await huge.dispose()
  }))

test('merge refuses what is no sum of its adapters', () =>
  withBase(async (model, open) => {
    const [task] = await threeAdapters(model)
    await throws(() => model.merge(untyped(undefined)), 'ERR_INVALID_ARGUMENT', 'merge must be an Adapter')
    await throws(() => model.merge(untyped('task')), 'ERR_INVALID_ARGUMENT', 'merge must be an Adapter')
    await throws(() => model.merge([]), 'ERR_INVALID_ARGUMENT', 'merge: give one adapter at least')
    await throws(() => model.merge(untyped([task])), 'ERR_INVALID_ARGUMENT', 'merge: terms[0] must be a pair')
    await throws(() => model.merge([[task, Number.NaN]]), 'ERR_INVALID_ARGUMENT', 'the weight of terms[0] is NaN')
    await throws(() => model.merge(task, untyped({ sginal: 1 })), 'ERR_UNKNOWN_OPTION', "did you mean 'signal'")
    await using other = await open()
    await throws(() => other.merge(task), 'ERR_INVALID_ARGUMENT', 'another model')
    await task.dispose()
    await throws(() => model.merge(task), 'ERR_DISPOSED', "'task' was disposed")
    await model.dispose()
    await throws(() => model.merge(task), 'ERR_DISPOSED', 'this model was disposed')
    await throws(() => model.unmerge(), 'ERR_DISPOSED', 'this model was disposed')
  }))

test('merging twice is refused, unmerging twice is not', () =>
  threeOn(async (model, [task, hausa], folder) => {
    await model.unmerge()
    const first = model.merge(task)
    await throws(() => model.merge(hausa), 'ERR_ALREADY_MERGED', 'unmerge it first')
    await first
    await throws(() => model.merge(task), 'ERR_ALREADY_MERGED', 'no more adapters can be merged into')
    await throws(() => model.save(join(folder, 'twice'), { merge: hausa }), 'ERR_ALREADY_MERGED', 'unmerge it first')
    assert.ok(!existsSync(join(folder, 'twice', 'config.json')))
    await model.unmerge()
    await model.unmerge()
    await model.merge(hausa)
  }))

test('a merged model does not learn, and a merged adapter is not added twice', () =>
  withBase(async (_, open, folder) => {
    await using model = await open({ trainable: 'all' })
    const [task, hausa] = await threeAdapters(model)
    const own = await model.parameters()
    await model.accumulate(batch, { objective: 'sft' })
    await model.merge(task)
    for (const options of [{}, { adapter: hausa }])
      await throws(
        () => model.accumulate(batch, { objective: 'sft', ...options }),
        'ERR_ALREADY_MERGED',
        'nothing can be learnt on a model with merged adapters',
      )
    for (const [call, text] of [
      [() => model.step({ lr: 0.1 }), 'no step can be made'],
      [() => model.setParameters(own), 'nothing can be set in the weights'],
      [() => model.saveCheckpoint(join(folder, 'checkpoint')), 'there is no checkpoint of the weights'],
      [() => model.logits(ids, { adapter: task }), 'this adapter is merged'],
      [() => model.hiddenStates(ids, { layer: 0, adapter: task }), 'this adapter is merged'],
      [
        async () => {
          for await (const _ of model.generate([{ ids, adapter: task }], { maxNewTokens: 2 })) assert.fail('a row')
        },
        'this adapter is merged',
      ],
    ] as const)
      await throws(call, 'ERR_ALREADY_MERGED', text)
    await model.unmerge()
    // What was accumulated before is still there.
    await model.step({ lr: 0.1 })
    assert.ok(await model.logits(ids, { adapter: task }))
  }))

test('text that was begun before weights changed is not gone on with', () =>
  threeOn(async (model, [task]) => {
    for (const change of [() => model.merge(task), () => model.unmerge()]) {
      const rows = model.generate([ids, ids, ids], { maxNewTokens: 4, batchSize: 1 })
      assert.equal((await rows.next()).done, false)
      await change()
      await throws(
        async () => {
          for await (const _ of rows);
        },
        'ERR_ALREADY_MERGED',
        'generate it again',
      )
    }
  }))

test('an adapter whose numbers are too large is refused by the matrix that they spoil', () =>
  threeOn(async (model, [task], folder) => {
    const factors = await task.parameters()
    for (const { data } of Object.values(factors)) data.fill(1e25)
    await task.setParameters(factors)
    await throws(() => model.merge(task), 'ERR_NON_FINITE', 'layers.0.query')
    await throws(() => model.save(join(folder, 'spoilt'), { merge: task }), 'ERR_NON_FINITE', 'layers.0.query')
    assert.ok(!existsSync(join(folder, 'spoilt', 'config.json')))
    assert.ok(!existsSync(join(folder, 'spoilt', 'model.safetensors')))
  }))

test('an abort before it merges leaves the model as it was', () =>
  threeOn(async (model, [task]) => {
    const reason = new Error('enough')
    await assert.rejects(model.merge(task, { signal: AbortSignal.abort(reason) }), reason)
    // Behind work that is under way it has not begun.
    const step = () => model.accumulate(batch, { objective: 'sft', adapter: task })
    const working = Promise.all(Array.from({ length: 20 }, step))
    const controller = new AbortController()
    const merging = model.merge(task, { signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(merging, reason)
    await working
    await step()
  }))

test('an abort while it merges comes too late, or leaves the model as it was', () =>
  threeOn(async (model, [task]) => {
    const [plain, reason] = [await model.logits(ids), new Error('enough')]
    for (let wait = 0; wait < 20; wait += 1) {
      const controller = new AbortController()
      const merging = model.merge(task, { signal: controller.signal }).then(
        () => true,
        error => {
          assert.equal(error, reason)
          return false
        },
      )
      for (let turn = 0; turn < wait % 5; turn += 1) await setImmediate()
      controller.abort(reason)
      const merged = await merging
      if (!merged) assert.deepEqual(await model.logits(ids), plain)
      else assert.notDeepEqual(await model.logits(ids), plain)
      await model.unmerge()
    }
  }))
