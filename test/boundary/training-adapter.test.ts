import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Decoder } from 'xling'
import { readTensors, TrainingGolden, trainingGoldenNames } from '../golden/training/training-golden.js'
import { inFolder, largest, near, openAdapted } from './training-case.js'

const ggufGolden = (file: string) =>
  fileURLToPath(new URL(`./test/golden/gguf/${file}`, import.meta.resolve('xling/package.json')))

const adapterNames = (await trainingGoldenNames()).filter(name => name.startsWith('lora'))

for (const name of adapterNames)
  test(`${name}: PEFT's folder gives its logits, and leaves the model without it as it was`, async () => {
    await using opened = await openAdapted(name)
    const { golden, llm, adapter } = opened
    const { ids, rows, values } = golden.logits()
    near(await llm.logits(ids, { adapter, rows }), values, golden.tolerance('logits'), 'logits')
    await using plain = await Decoder.load(golden.baseFolder)
    assert.deepEqual(await llm.logits(ids, { rows }), await plain.logits(ids, { rows }))
    assert.deepEqual(
      await adapter.parameters(),
      await readTensors(join(golden.adapterFolder, 'adapter_model.safetensors')),
    )
  })

for (const name of adapterNames)
  test(`${name}: saved again, the folder is PEFT's`, () =>
    inFolder(async folder => {
      await using opened = await openAdapted(name)
      const { golden, llm, adapter } = opened
      await adapter.save(folder)
      const [file, config] = ['adapter_model.safetensors', 'adapter_config.json']
      assert.deepEqual(await readTensors(join(folder, file)), await readTensors(join(golden.adapterFolder, file)))
      const [saved, peft] = await Promise.all(
        [folder, golden.adapterFolder].map(async from => JSON.parse(await readFile(join(from, config), 'utf8'))),
      )
      for (const key of [
        'peft_type',
        'task_type',
        'r',
        'lora_alpha',
        'lora_dropout',
        'use_rslora',
        'bias',
        'fan_in_fan_out',
      ])
        assert.equal(saved[key], peft[key], key)
      // How targets and patterns are spelled may differ; again below they must mean the same.
      // Frozen, it gives the same numbers.
      const again = await llm.loadAdapter(folder, { name: 'again' })
      const { ids, rows } = golden.logits()
      assert.deepEqual(await llm.logits(ids, { adapter: again, rows }), await llm.logits(ids, { adapter, rows }))
    }))

for (const name of adapterNames)
  test(`${name}: an adapter that is added has PEFT's tensors, changes nothing at first and learns`, async () => {
    const golden = await TrainingGolden.open(name)
    assert.ok(golden.settings.adapter)
    await using llm = await Decoder.load(golden.baseFolder)
    const added = llm.addAdapter('added', { ...golden.settings.adapter, seed: 1 })
    const [same, other] = [
      llm.addAdapter('same', { ...golden.settings.adapter, seed: 1 }),
      llm.addAdapter('other', { ...golden.settings.adapter, seed: 2 }),
    ]
    assert.deepEqual(await same.parameters(), await added.parameters())
    assert.notDeepEqual(await other.parameters(), await added.parameters())
    const { ids, rows, values } = golden.logits()
    assert.deepEqual(await llm.logits(ids, { adapter: added, rows }), await llm.logits(ids, { rows }))

    // B is zero, so that A has no gradient yet.
    await llm.accumulate(golden.batch(0), { objective: 'sft', adapter: added, dropout: 0 })
    for (const [tensor, { data }] of Object.entries(await added.gradients()))
      assert.equal(largest(data) > 0, tensor.includes('lora_B'), tensor)
    await llm.zeroGrad()

    const peft = await readTensors(join(golden.adapterFolder, 'adapter_model.safetensors'))
    await added.setParameters(peft)
    assert.deepEqual(await added.parameters(), peft)
    near(await llm.logits(ids, { adapter: added, rows }), values, golden.tolerance('logits'), 'logits')
    assert.notDeepEqual(await same.parameters(), peft)
  })

for (const file of ['llama.gguf', 'gemma3.gguf'])
  test(`${file}: an adapter that learnt on the file is the same on the file's folder, and the reverse`, () =>
    inFolder(async folder => {
      const ids = Int32Array.from({ length: 12 }, (_, i) => 3 + 5 * i)
      const batch = { ids, offsets: Int32Array.of(0, 12), labels: ids }
      await using packed = await Decoder.load(ggufGolden(file))
      await packed.save(join(folder, 'base'), { dtype: 'f32' })
      await using wide = await Decoder.load(join(folder, 'base'))
      for (const [learner, other] of [
        [packed, wide],
        [wide, packed],
      ] as const) {
        await using adapter = learner.addAdapter('adapter', { rank: 4, alpha: 8, seed: 1 })
        for (let step = 0; step < 3; step += 1) {
          await learner.zeroGrad()
          await learner.accumulate(batch, { objective: 'sft', adapter })
          await learner.step({ lr: 0.05 })
        }
        await adapter.save(join(folder, 'adapter'))
        await using loaded = await other.loadAdapter(join(folder, 'adapter'))
        const learnt = await learner.logits(ids, { adapter })
        assert.notDeepEqual(learnt, await learner.logits(ids))
        assert.deepEqual(await other.logits(ids, { adapter: loaded }), learnt)
      }
    }))
