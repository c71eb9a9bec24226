import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Decoder, type ErrorCode } from 'xling'
import { TrainingGolden } from '../golden/training/training-golden.js'
import { throws } from './throws.js'
import { abused, batch, lora } from './training-abused.js'

const untyped = <T>(value: unknown) => value as T

const whole = await TrainingGolden.open('full-llama')
const config = { targets: 'all-linear', rank: 4, alpha: 8, seed: 1 } as const

test('an adapter serves the model that it was made for', () =>
  abused(async (llm, adapter) => {
    await using other = await Decoder.load(lora.baseFolder)
    const ids = Int32Array.of(1, 2, 3)
    await throws(() => other.logits(ids, { adapter }), 'ERR_INVALID_ARGUMENT', 'another model')
    await throws(() => other.accumulate(batch, { objective: 'sft', adapter }), 'ERR_INVALID_ARGUMENT', 'another model')
    // Its folder, on a base that has other shapes.
    await using wider = await Decoder.load(whole.baseFolder)
    await throws(() => wider.loadAdapter(lora.adapterFolder), 'ERR_WEIGHTS_MISMATCH', 'lora_')
    assert.equal((await llm.logits(ids, { adapter })).length, 1031)
  }))

test('adapters that cannot be made are refused', () =>
  abused(async llm => {
    const refuses = (change: object, code: ErrorCode, text: string, name = 'y') =>
      throws(() => llm.addAdapter(name, untyped({ ...config, ...change })), code, text)
    await refuses({}, 'ERR_INVALID_ARGUMENT', "'x'", 'x') // there is one
    await refuses({}, 'ERR_INVALID_ARGUMENT', 'name', '')
    await throws(() => llm.loadAdapter(lora.adapterFolder, { name: 'x' }), 'ERR_INVALID_ARGUMENT', "'x'")
    await throws(
      () => llm.loadAdapter(lora.adapterFolder, untyped({ nam: 'z' })),
      'ERR_UNKNOWN_OPTION',
      "did you mean 'name'",
    )
    await throws(() => llm.loadAdapter('./nowhere'), 'ERR_FILE_NOT_FOUND', 'nowhere')
    for (const rank of [0, -1, 1.5, Number.NaN]) await refuses({ rank }, 'ERR_INVALID_ARGUMENT', 'rank')
    for (const alpha of [Number.NaN, Number.POSITIVE_INFINITY, '8'])
      await refuses({ alpha }, 'ERR_INVALID_ARGUMENT', 'alpha')
    for (const dropout of [-0.1, 1, Number.NaN]) await refuses({ dropout }, 'ERR_INVALID_ARGUMENT', 'dropout')
    for (const seed of [-1, 0.5]) await refuses({ seed }, 'ERR_INVALID_ARGUMENT', 'seed')
    await refuses({ targets: [] }, 'ERR_INVALID_ARGUMENT', 'targets')
    await refuses({ targets: ['q_porj'] }, 'ERR_INVALID_ARGUMENT', 'q_porj')
    await refuses({ targets: 'all' }, 'ERR_INVALID_ARGUMENT', 'targets')
    await refuses({ rsLora: 1 }, 'ERR_INVALID_ARGUMENT', 'rsLora')
    await refuses({ rankPattern: { q_proj: 0 } }, 'ERR_INVALID_ARGUMENT', 'q_proj')
    await refuses({ rankPattern: { '(': 2 } }, 'ERR_INVALID_ARGUMENT', '(')
    await refuses({ alphaPattern: { q_proj: Number.NaN } }, 'ERR_INVALID_ARGUMENT', 'q_proj')
    await refuses({ rslora: true }, 'ERR_UNKNOWN_OPTION', "did you mean 'rsLora'")
    // None of those is left behind.
    await llm.addAdapter('y', config).dispose()
    await llm.addAdapter('y', config).dispose()
  }))

test('an adapter that was disposed is gone, and a disposed model takes its adapters along', async () => {
  const llm = await Decoder.load(lora.baseFolder)
  const ids = Int32Array.of(1, 2, 3)
  const [one, two] = [llm.addAdapter('one', config), llm.addAdapter('two', config)]
  await llm.accumulate(batch, { objective: 'sft', adapter: one })
  await Promise.all([one.dispose(), one.dispose()])
  await throws(() => llm.logits(ids, { adapter: one }), 'ERR_DISPOSED', "'one'")
  await throws(() => llm.accumulate(batch, { objective: 'sft', adapter: one }), 'ERR_DISPOSED', "'one'")
  await throws(() => one.parameters(), 'ERR_DISPOSED', "'one'")
  await throws(() => one.save('x'), 'ERR_DISPOSED', "'one'")
  assert.equal((await llm.logits(ids, { adapter: two })).length, 1031)
  await llm.dispose()
  for (const call of [
    () => llm.accumulate(batch, { objective: 'sft', adapter: two }),
    () => llm.step({ lr: 0.1 }),
    () => llm.zeroGrad(),
    () => llm.parameters(),
    () => llm.gradients(),
    () => llm.setParameters({}),
    () => llm.addAdapter('three', config),
    () => llm.loadAdapter(lora.adapterFolder),
    () => two.parameters(),
    () => two.gradients(),
    () => two.save('x'),
  ])
    await throws(call, 'ERR_DISPOSED', 'disposed')
  await two.dispose()
})
