// A training that rests in a file goes on as if it had not rested.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type AccumulateOptions, type Adapter, Decoder, Encoder, type Model, type StepOptions } from 'xling'
import { packRows } from '#xling/tokenizer/packed'
import { throws } from './throws.js'
import { inFolder } from './training-case.js'

const decoderConfig = {
  ...{ model_type: 'llama', vocab_size: 61, hidden_size: 32, intermediate_size: 48 },
  ...{ num_hidden_layers: 2, num_attention_heads: 2, initializer_range: 0.2 },
}
const encoderConfig = {
  ...{ model_type: 'bert', vocab_size: 61, hidden_size: 32, intermediate_size: 48 },
  ...{ num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 20, initializer_range: 0.2 },
}
const stepping: StepOptions = { lr: 1e-2, clip: 0.5, weightDecay: 0.1, noDecay: /bias|norm/i }

const row = (length: number, seed: number) => Int32Array.from({ length }, (_, i) => (i * 37 + seed * 11) % 61)
const rows = (step: number, lengths: readonly number[]) =>
  packRows(lengths.map((length, i) => row(length, 7 * step + i)))

/** A model, what of it trains, and a step by the batch of that number. */
interface Trained {
  model: Model
  adapter?: Adapter
  step(number: number): Promise<unknown>
}

const trainings: Record<string, (seed: number) => Promise<Trained>> = {
  'an adapter with dropout': async seed => {
    const model = await Decoder.create(decoderConfig, { seed: 1 })
    const adapter = model.addAdapter('x', { rank: 4, dropout: 0.3, seed })
    return { model, adapter, step: number => labelled(model, number, { objective: 'sft', adapter, seed: 3 }) }
  },
  'a whole decoder': async seed => {
    const model = await Decoder.create(decoderConfig, { seed })
    return { model, step: number => labelled(model, number, { objective: 'sft' }) }
  },
  'an encoder with dropout, whose pooler no step touches': async seed => {
    const model = await Encoder.create(encoderConfig, { seed, pooling: 'mean' })
    return {
      model,
      step: async number => {
        const batch = { anchors: rows(number, [5, 3]), positives: rows(number + 50, [4, 6]) }
        await model.accumulate(batch, { objective: 'contrastive', seed: 2 })
        return model.step(stepping)
      },
    }
  },
}

async function labelled(model: Decoder, number: number, options: AccumulateOptions) {
  const batch = rows(number, [9, 4])
  await model.accumulate({ ...batch, labels: batch.ids }, options)
  return model.step(stepping)
}

async function steps({ model, step }: Trained, from: number, to: number) {
  const norms: unknown[] = []
  for (let number = from; number < to; number += 1) {
    norms.push(await step(number))
    await model.zeroGrad()
  }
  return norms
}

const of = (adapter: Adapter | undefined) => (adapter ? { adapter } : {})

for (const [what, make] of Object.entries(trainings))
  test(`${what}: three steps, a rest and four more are seven steps, to the bit`, () =>
    inFolder(async folder => {
      const file = join(folder, 'checkpoint.safetensors')
      const [whole, first, second] = await Promise.all([make(1), make(1), make(2)])
      const wanted = await steps(whole, 0, 7)
      await steps(first, 0, 3)
      const state = JSON.stringify({ text: 'Ħausa 🌍', at: 3 })
      await first.model.saveCheckpoint(file, { ...of(first.adapter), state })
      // The rest disturbs nothing in the one that saved.
      assert.deepEqual(await steps(first, 3, 7), wanted.slice(3))
      // The other began elsewhere, and has done steps of its own.
      await steps(second, 11, 13)
      assert.equal(await second.model.loadCheckpoint(file, of(second.adapter)), state)
      assert.deepEqual(await steps(second, 3, 7), wanted.slice(3))
      const values = ({ model, adapter }: Trained) => (adapter ?? model).parameters()
      assert.deepEqual(await values(second), await values(whole))
      const again = join(folder, 'again.safetensors')
      await second.model.saveCheckpoint(again, of(second.adapter))
      await whole.model.saveCheckpoint(file, of(whole.adapter))
      assert.deepEqual(await readFile(again), await readFile(file))
      await Promise.all([whole, first, second].map(({ model }) => model.dispose()))
    }))

test('masks follow the step that accumulate is told', async () => {
  await using model = await Decoder.create(decoderConfig, { seed: 1 })
  const adapter = model.addAdapter('x', { dropout: 0.5 })
  const { a, b } = { a: rows(1, [9]), b: rows(2, [9]) }
  await model.accumulate({ ...b, labels: b.ids }, { objective: 'sft', adapter, dropout: 0 })
  await model.step({ lr: 0.1 })
  await model.zeroGrad()
  const loss = async (step?: number) => {
    const told = step === undefined ? {} : { step }
    const result = await model.accumulate({ ...a, labels: a.ids }, { objective: 'sft', adapter, ...told })
    await model.zeroGrad()
    return result.loss
  }
  assert.equal(await loss(1), await loss())
  assert.equal(await loss(2 ** 32 - 1), await loss(2 ** 32 - 1))
  assert.notEqual(await loss(2), await loss(1))
  for (const step of [-1, 0.5, Number.NaN, 2 ** 32])
    await throws(() => loss(step), 'ERR_INVALID_ARGUMENT', `step is ${step}`)
})

test('what cannot be saved or loaded is refused, and nothing changes', () =>
  inFolder(async folder => {
    const file = join(folder, 'x.safetensors')
    await using model = await Decoder.create(decoderConfig, { seed: 1 })
    await using other = await Decoder.create({ ...decoderConfig, num_hidden_layers: 3 }, { seed: 1 })
    const adapter = model.addAdapter('x', { rank: 4 })
    const wider = model.addAdapter('wider', { rank: 5 })
    const fewer = model.addAdapter('fewer', { rank: 4, targets: ['q_proj'] })
    await labelled(model, 0, { objective: 'sft', adapter })
    await model.zeroGrad()
    await model.saveCheckpoint(file, { adapter })
    const wholeFile = join(folder, 'whole.safetensors')
    await model.saveCheckpoint(wholeFile)
    const before = await adapter.parameters()
    const untyped = (value: unknown) => value as never

    await throws(() => model.saveCheckpoint(untyped(7)), 'ERR_INVALID_ARGUMENT', 'file must be a path')
    await throws(() => model.saveCheckpoint(file, { state: untyped({}) }), 'ERR_INVALID_ARGUMENT', 'state must be')
    await throws(() => model.saveCheckpoint(file, untyped({ stat: '' })), 'ERR_UNKNOWN_OPTION', "did you mean 'state'")
    await throws(() => model.saveCheckpoint(join(folder, 'no', 'x')), 'ERR_FILE_NOT_FOUND', join(folder, 'no'))
    await throws(() => model.saveCheckpoint(folder), 'ERR_FILE_FAILED', folder)
    await throws(() => other.saveCheckpoint(file, { adapter }), 'ERR_INVALID_ARGUMENT', 'another model')
    await throws(() => model.loadCheckpoint(join(folder, 'none')), 'ERR_FILE_NOT_FOUND', 'none')
    await throws(() => model.loadCheckpoint(file), 'ERR_WEIGHTS_MISMATCH', 'steps is of another shape')
    await throws(() => model.loadCheckpoint(file, { adapter: wider }), 'ERR_WEIGHTS_MISMATCH', 'of another shape')
    await throws(
      () => model.loadCheckpoint(file, { adapter: fewer }),
      'ERR_WEIGHTS_MISMATCH',
      'steps is of another shape',
    )
    await throws(() => other.loadCheckpoint(wholeFile), 'ERR_WEIGHTS_MISMATCH', 'steps is of another shape')
    const values = join(folder, 'values.safetensors')
    await adapter.save(folder)
    await throws(
      () => model.loadCheckpoint(join(folder, 'adapter_model.safetensors'), { adapter }),
      'ERR_MALFORMED_FILE',
      "is no checkpoint: its metadata lacks 'xling'",
    )

    const bytes = await readFile(file)
    const headerLength = Number(bytes.readBigUInt64LE(0))
    const header = bytes.toString('utf8', 8, 8 + headerLength)
    const entries = JSON.parse(header) as Record<string, { data_offsets: [number, number] }>
    const withHeader = (change: (text: string) => string) => {
      const text = Buffer.from(change(header))
      const length = Buffer.alloc(8)
      length.writeBigUInt64LE(BigInt(text.length))
      return Buffer.concat([length, text, bytes.subarray(8 + headerLength)])
    }
    const withNumber = (entry: string, number: number) => {
      const copy = Buffer.from(bytes)
      const name = Object.keys(entries).find(key => key.startsWith(entry)) ?? ''
      copy.writeFloatLE(number, 8 + headerLength + (entries[name]?.data_offsets[0] ?? Number.NaN) + 4)
      return copy
    }
    const steps = entries.steps?.data_offsets[0] ?? Number.NaN
    const negative = Buffer.from(bytes)
    negative.writeBigInt64LE(-1n, 8 + headerLength + steps)
    const end = bytes.length - 8 - headerLength
    const empty = JSON.stringify({ dtype: 'F32', shape: [0], data_offsets: [end, end] })
    for (const [broken, code, text] of [
      [withHeader(text => text.replace('checkpoint 1', 'checkpoint 2')), 'ERR_UNSUPPORTED_FILE', "'checkpoint 2'"],
      [withHeader(text => text.replace('"steps":"1"', '"steps":"x"')), 'ERR_MALFORMED_FILE', "'steps' is no count"],
      [withHeader(text => text.replace('"state"', '"stale"')), 'ERR_MALFORMED_FILE', "lacks 'state'"],
      [withHeader(text => text.replace('"value.', '"valve.')), 'ERR_WEIGHTS_MISMATCH', 'has no value.'],
      [withHeader(text => text.replace(/\}\s*$/, `,"more":${empty}}`)), 'ERR_WEIGHTS_MISMATCH', 'tensors where this'],
      [withNumber('value.', Number.NaN), 'ERR_NON_FINITE', 'nan at 1'],
      [withNumber('first_moment.', Number.POSITIVE_INFINITY), 'ERR_NON_FINITE', 'inf at 1'],
      [withNumber('second_moment.', -1), 'ERR_NON_FINITE', 'second_moment.'],
      [negative, 'ERR_MALFORMED_FILE', 'steps has -1'],
      [bytes.subarray(0, bytes.length - 1), 'ERR_MALFORMED_FILE', values],
    ] as const) {
      await writeFile(values, broken)
      await throws(() => model.loadCheckpoint(values, { adapter }), code, text)
    }
    assert.deepEqual(await adapter.parameters(), before)
    await model.loadCheckpoint(file, { adapter })

    await using frozen = await loadedFrozen(model, folder)
    await throws(() => frozen.saveCheckpoint(file), 'ERR_INVALID_ARGUMENT', 'nothing of this model trains')
    const used = await frozen.loadAdapter(folder, { name: 'used' })
    await throws(() => frozen.saveCheckpoint(file, { adapter: used }), 'ERR_INVALID_ARGUMENT', 'trainable: true')
    await model.dispose()
    await throws(() => model.saveCheckpoint(file), 'ERR_DISPOSED', 'disposed')
  }))

async function loadedFrozen(model: Decoder, folder: string): Promise<Decoder> {
  await model.save(folder, { dtype: 'f32' })
  return Decoder.load(folder)
}
