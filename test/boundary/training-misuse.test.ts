import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type AccumulateOptions, Decoder, type ErrorCode } from 'xling'
import { type Batch, type Tensors, TrainingGolden } from '../golden/training/training-golden.js'
import { throws } from './throws.js'
import { abused, batch, lora } from './training-abused.js'
import type { Trainee } from './training-case.js'

const untyped = <T>(value: unknown) => value as T

const whole = await TrainingGolden.open('full-llama')

test('batches that are none are refused, by place', () =>
  abused(async (llm, adapter) => {
    const how: AccumulateOptions = { objective: 'sft', adapter }
    const refuses = (change: object, code: ErrorCode, text: string) =>
      throws(() => llm.accumulate({ ...batch, ...change }, how), code, text)
    const ids = (change: (ids: Int32Array) => void) => {
      const changed = batch.ids.slice()
      change(changed)
      return { ids: changed }
    }
    await throws(() => llm.accumulate(untyped(undefined), how), 'ERR_INVALID_ARGUMENT', 'batch')
    await refuses({ ids: [...batch.ids] }, 'ERR_INVALID_ARGUMENT', 'ids')
    await refuses({ offsets: undefined }, 'ERR_INVALID_ARGUMENT', 'offsets')
    await refuses({ labels: undefined }, 'ERR_INVALID_ARGUMENT', 'labels')
    await refuses({ label: batch.labels }, 'ERR_UNKNOWN_OPTION', "did you mean 'labels'")
    await refuses({ labels: batch.labels.slice(1) }, 'ERR_INVALID_SHAPE', `${batch.ids.length - 1} labels`)
    await refuses({ keys: Int32Array.of(1, 2) }, 'ERR_INVALID_SHAPE', 'keys')
    await refuses(
      ids(changed => changed.fill(1031, 6, 7)),
      'ERR_INVALID_ARGUMENT',
      'row 2: id 1031 at token 0',
    )
    await refuses(
      ids(changed => changed.fill(-1, 6, 7)),
      'ERR_INVALID_ARGUMENT',
      'row 2: id -1 at token 0',
    )
    for (const label of [-1, -101, 1031])
      await refuses(
        { labels: batch.labels.map((old, t) => (t === 8 ? label : old)) },
        'ERR_INVALID_ARGUMENT',
        `row 2: label ${label} at token 2`,
      )
  }))

for (const [what, offsets, code] of [
  ['of no row at all', [], 'ERR_INVALID_SHAPE'],
  ['that do not begin at 0', [1, 65], 'ERR_INVALID_ARGUMENT'],
  ['that fall', [0, 40, 20, 65], 'ERR_INVALID_ARGUMENT'],
  ['that are negative', [0, -1, 65], 'ERR_INVALID_ARGUMENT'],
  ['that end before the last token', [0, 30, 64], 'ERR_INVALID_SHAPE'],
  ['that end after the last token', [0, 30, 66], 'ERR_INVALID_SHAPE'],
] as const)
  test(`offsets ${what} are refused`, () =>
    abused(async (llm, adapter) => {
      assert.equal(batch.ids.length, 65)
      const broken = { ...batch, offsets: Int32Array.from(offsets) }
      await throws(() => llm.accumulate(broken, { objective: 'sft', adapter }), code, 'offsets')
    }))

test('a row that is longer than the context is refused', () =>
  abused(async (llm, adapter) => {
    const long = { ids: new Int32Array(300), offsets: Int32Array.of(0, 300), labels: new Int32Array(300) }
    await throws(() => llm.accumulate(long, { objective: 'sft', adapter }), 'ERR_INVALID_ARGUMENT', 'context')
  }))

test('a batch without anything to learn is refused', () =>
  abused(async (llm, adapter) => {
    const nothing = (given: Batch) =>
      throws(() => llm.accumulate(given, { objective: 'sft', adapter }), 'ERR_NO_LABELS', 'label')
    await nothing({ ...batch, labels: new Int32Array(batch.ids.length).fill(-100) })
    // A row's first label is nobody's.
    const firsts = batch.labels.map((_, t) => (batch.offsets.includes(t) ? 5 : -100))
    await nothing({ ...batch, labels: firsts })
    await nothing({ ids: Int32Array.of(3), offsets: Int32Array.of(0, 1), labels: Int32Array.of(3) })
    const none = new Int32Array(0)
    await nothing({ ids: none, offsets: Int32Array.of(0), labels: none })
    await nothing({ ids: none, offsets: Int32Array.of(0, 0, 0), labels: none })
    // None of them is something to step from.
    await throws(() => llm.step({ lr: 1 }), 'ERR_INVALID_ARGUMENT', 'accumulate')
  }))

test('options of accumulate that do not exist, or mean nothing, are refused', () =>
  abused(async (llm, adapter) => {
    const refuses = (change: object, code: ErrorCode, text: string) =>
      throws(() => llm.accumulate(batch, untyped({ objective: 'sft', adapter, ...change })), code, text)
    await refuses({ objective: undefined }, 'ERR_INVALID_ARGUMENT', 'objective')
    await refuses({ objective: 'stf' }, 'ERR_INVALID_ARGUMENT', "'sft'")
    await refuses({ adaptor: adapter }, 'ERR_UNKNOWN_OPTION', "did you mean 'adapter'")
    await refuses({ adapter: 'x' }, 'ERR_INVALID_ARGUMENT', 'adapter')
    for (const dropout of [-0.1, 1, Number.NaN, '0'])
      await refuses({ dropout }, 'ERR_INVALID_ARGUMENT', `dropout is ${dropout}`)
    for (const seed of [-1, 0.5, Number.NaN]) await refuses({ seed }, 'ERR_INVALID_ARGUMENT', `seed is ${seed}`)
    await refuses({ recompute: 'yes' }, 'ERR_INVALID_ARGUMENT', 'recompute')
    // Of another objective.
    await refuses({ temperature: 0.05 }, 'ERR_UNKNOWN_OPTION', 'temperature')
  }))

test('what is frozen does not train', async () => {
  await abused(async llm => {
    const frozen = await llm.loadAdapter(lora.adapterFolder, { name: 'frozen' })
    await throws(() => llm.accumulate(batch, { objective: 'sft' }), 'ERR_INVALID_ARGUMENT', 'trainable')
    await throws(() => llm.accumulate(batch, { objective: 'sft', adapter: frozen }), 'ERR_INVALID_ARGUMENT', "'frozen'")
    await frozen.dispose()
  })
  await throws(
    () => Decoder.load(lora.baseFolder, { trainable: /no such tensor/ }),
    'ERR_INVALID_ARGUMENT',
    'no such tensor',
  )
})

test('a step that has nothing to go by, or goes nowhere, is refused', () =>
  abused(async (llm, adapter) => {
    await throws(() => llm.step({ lr: 0.1 }), 'ERR_INVALID_ARGUMENT', 'accumulate')
    await llm.accumulate(batch, { objective: 'sft', adapter })
    const refuses = (options: object, code: ErrorCode, text: string) =>
      throws(() => llm.step(untyped(options)), code, text)
    await refuses({}, 'ERR_INVALID_ARGUMENT', 'lr')
    for (const lr of [-0.1, Number.NaN, Number.POSITIVE_INFINITY, '0.1'])
      await refuses({ lr }, 'ERR_INVALID_ARGUMENT', `lr is ${lr}`)
    for (const [name, values] of Object.entries({
      weightDecay: [-1, Number.NaN],
      clip: [-1, 0, Number.NaN],
      eps: [-1e-8, Number.NaN],
      betas: [[0.9], [0.9, 1], [-0.1, 0.9], [0.9, Number.NaN], 0.9],
      noDecay: ['norm'],
    }))
      for (const value of values) await refuses({ lr: 0.1, [name]: value }, 'ERR_INVALID_ARGUMENT', name)
    await refuses({ lr: 0.1, weight_decay: 0 }, 'ERR_UNKNOWN_OPTION', "did you mean 'weightDecay'")
    await llm.zeroGrad()
    await throws(() => llm.step({ lr: 0.1 }), 'ERR_INVALID_ARGUMENT', 'accumulate')
  }))

/** Whatever is wrong with one tensor, none is set. */
async function refusesTensors(trainee: Trainee, name: string) {
  const right = await trainee.parameters()
  const tensor = right[name]
  assert.ok(tensor)
  const refuses = async (change: (tensors: Tensors) => void, code: ErrorCode, text = name) => {
    const tensors: Tensors = Object.fromEntries(
      Object.entries(right).map(([key, { shape, data }]) => [key, { shape: [...shape], data: data.map(x => x + 1) }]),
    )
    change(tensors)
    await throws(() => trainee.setParameters(tensors), code, text)
    assert.deepEqual(await trainee.parameters(), right)
  }
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    await refuses(tensors => tensors[name]?.data.fill(value, -1), 'ERR_NON_FINITE')
  await refuses(tensors => {
    tensors[name] = { ...tensor, shape: [1, ...tensor.shape] }
  }, 'ERR_INVALID_SHAPE')
  await refuses(tensors => {
    tensors[name] = { ...tensor, data: tensor.data.subarray(1) }
  }, 'ERR_INVALID_SHAPE')
  await refuses(tensors => {
    tensors[name] = { ...tensor, data: untyped([...tensor.data]) }
  }, 'ERR_INVALID_ARGUMENT')
  await refuses(tensors => delete tensors[name], 'ERR_INVALID_ARGUMENT')
  await refuses(
    tensors => {
      tensors.spare = tensor
    },
    'ERR_INVALID_ARGUMENT',
    'spare',
  )
  await throws(() => trainee.setParameters(untyped(undefined)), 'ERR_INVALID_ARGUMENT', 'setParameters')
}

test("an adapter's parameters that do not fit are refused, and none is set", () =>
  abused((_, adapter) => refusesTensors(adapter, 'base_model.model.model.layers.1.mlp.down_proj.lora_B.weight')))

test("a model's parameters that do not fit are refused, and none is set", async () => {
  await using llm = await Decoder.load(whole.baseFolder, { trainable: 'all' })
  await refusesTensors(llm, 'model.layers.2.self_attn.v_proj.weight')
})

test('a model that is frozen has no parameters to give or to set', () =>
  abused(async llm => {
    assert.deepEqual(await llm.parameters(), {})
    assert.deepEqual(await llm.gradients(), {})
    await throws(
      () => llm.setParameters({ 'model.norm.weight': { shape: [72], data: new Float32Array(72) } }),
      'ERR_INVALID_ARGUMENT',
      'model.norm.weight',
    )
  }))

test('gradients that are not finite stop the step, and weights stay', async () => {
  await using llm = await Decoder.load(lora.baseFolder)
  const adapter = await llm.loadAdapter(lora.adapterFolder, { trainable: true })
  // Finite factors whose product is not.
  const huge = Object.fromEntries(
    Object.entries(await adapter.parameters()).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.fill(3e38) },
    ]),
  )
  await adapter.setParameters(huge)
  const step = async () => {
    await llm.accumulate(batch, { objective: 'sft', adapter, dropout: 0 })
    await llm.step({ lr: 0.1 })
  }
  await throws(step, 'ERR_NON_FINITE', '')
  assert.deepEqual(await adapter.parameters(), huge)
})

test('an abort rejects with its reason and adds nothing', () =>
  abused(async (llm, adapter) => {
    const reason = new Error('enough')
    await assert.rejects(
      llm.accumulate(batch, { objective: 'sft', adapter, signal: AbortSignal.abort(reason) }),
      reason,
    )
    await throws(() => llm.step({ lr: 0.1 }), 'ERR_INVALID_ARGUMENT', 'accumulate')
    const controller = new AbortController()
    const running = Array.from({ length: 20 }, () =>
      llm.accumulate(batch, { objective: 'sft', adapter, dropout: 0, signal: controller.signal }),
    )
    controller.abort(reason)
    for (const outcome of await Promise.allSettled(running))
      if (outcome.status === 'rejected') assert.equal(outcome.reason, reason)
  }))
