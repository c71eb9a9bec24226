// Adapters within a model's weights: the same model as with them beside it, and back.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Adapter, adapters, Decoder, Encoder } from 'xling'
import { readTensors, type Tensors } from '../golden/training/training-golden.js'
import { deltaOfSum, encoderConfig, ids, threeAdapters, withBase } from './adapted-base.js'
import { inFolder, near } from './training-case.js'

const ggufGolden = (file: string) =>
  fileURLToPath(new URL(`./test/golden/gguf/${file}`, import.meta.resolve('xling/package.json')))

// Logits are a few units; the two ways round differently in each of some dozens of products.
const tolerance = 2e-5

const sumOf = ([task, hausa, english]: readonly [Adapter, Adapter, Adapter]) =>
  [[task, 1] as const, [hausa, 0.5] as const, [english, -0.75] as const] as const

const readModel = (folder: string) => readTensors(join(folder, 'model.safetensors'))

/** The nearest bfloat16, ties to even. */
function toBf16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)
  const [whole = 0] = bits
  bits[0] = (whole + 0x7fff + ((whole >>> 16) & 1)) & 0xffff0000
  return new Float32Array(bits.buffer)[0] ?? Number.NaN
}

test('merged = unmerged: logits, hidden states and text, of one adapter and of a signed sum', () =>
  withBase(async model => {
    const three = await threeAdapters(model)
    const sum = sumOf(three)
    for (const [merged, beside] of [
      [three[0], three[0]],
      [sum, adapters.compose(sum)],
    ] as const) {
      const rows = ids.map((_, i) => i)
      const want = {
        logits: await model.logits(ids, { adapter: beside, rows }),
        states: await model.hiddenStates(ids, { layer: 1, adapter: beside }),
      }
      const plain = await model.logits(ids, { rows })
      assert.notDeepEqual(plain, want.logits)
      await model.merge(merged)
      near(await model.logits(ids, { rows }), want.logits, tolerance, 'logits')
      near(await model.hiddenStates(ids, { layer: 1 }), want.states, tolerance, 'hidden states')
      await model.unmerge()
      assert.deepEqual(await model.logits(ids, { rows }), plain)
    }
  }))

test('an encoder merges as a decoder does, and its folder has the merged weights', () =>
  inFolder(async folder => {
    await using made = await Encoder.create(encoderConfig, { seed: 1, pooling: 'mean' })
    await made.save(join(folder, 'base'))
    await using encoder = await Encoder.load(join(folder, 'base'), { trainable: 'adapters' })
    const sum = sumOf(await threeAdapters(encoder))
    // PEFT's class for this calls no method that only a decoder has.
    await sum[0][0].save(join(folder, 'adapter'))
    const written = JSON.parse(await readFile(join(folder, 'adapter/adapter_config.json'), 'utf8'))
    assert.equal(written.task_type, 'FEATURE_EXTRACTION')
    const rows = { ids, offsets: Int32Array.of(0, 7, 20) }
    const want = await encoder.embed(rows, { adapter: adapters.compose(sum) })
    const plain = await encoder.embed(rows)
    await encoder.save(join(folder, 'merged'), { merge: sum })
    assert.deepEqual(await encoder.embed(rows), plain)
    await encoder.merge(sum)
    const merged = await encoder.embed(rows)
    near(merged, want, tolerance, 'vectors')
    assert.notDeepEqual(merged, plain)
    await using loaded = await Encoder.load(join(folder, 'merged'))
    assert.deepEqual(await loaded.embed(rows), merged)
    await encoder.unmerge()
    assert.deepEqual(await encoder.embed(rows), plain)
  }))

test('the written weights are W + Σ weight · scale · B·A, rounded once; the rest is untouched', () =>
  withBase(async (model, _, folder) => {
    const sum = sumOf(await threeAdapters(model))
    await model.save(join(folder, 'f32'), { dtype: 'f32', merge: sum })
    await model.save(join(folder, 'bf16'), { dtype: 'bf16', merge: sum })
    await using rounded = await Decoder.load(join(folder, 'bf16'))
    await rounded.save(join(folder, 'narrow'), { dtype: 'f32' })
    const [base, wide, narrow] = await Promise.all(['base', 'f32', 'narrow'].map(name => readModel(join(folder, name))))
    const deltas = await deltaOfSum(sum)
    for (const [name, { data }] of Object.entries(base as Tensors)) {
      const delta = deltas.get(name.replace(/\.weight$/, ''))
      const got = wide?.[name]?.data ?? new Float32Array()
      // Three sums of up to five products below one, and three additions, each rounded.
      if (delta)
        near(
          got,
          data.map((value, i) => value + (delta[i] ?? 0)),
          20 * 2 ** -24,
          name,
        )
      else assert.deepEqual(got, data, name)
      assert.deepEqual(narrow?.[name]?.data, got.map(toBf16), name)
    }
    // The model is as it was.
    assert.equal(deltas.size, 14)
    await using plain = await Decoder.load(join(folder, 'base'))
    assert.deepEqual(await model.logits(ids), await plain.logits(ids))
  }))

test('what is saved while it is merged is what was merged', () =>
  withBase(async (model, _, folder) => {
    const sum = sumOf(await threeAdapters(model))
    await model.save(join(folder, 'written'), { dtype: 'f32', merge: sum })
    await model.merge(sum)
    await model.save(join(folder, 'merged'), { dtype: 'f32' })
    assert.deepEqual(await readModel(join(folder, 'merged')), await readModel(join(folder, 'written')))
    await using loaded = await Decoder.load(join(folder, 'merged'))
    assert.deepEqual(await loaded.logits(ids), await model.logits(ids))
  }))

for (const quantize of ['nf4', 'nf4d', 'q8_0', 'q4_0'] as const)
  test(`${quantize}: merged weights are the sum, quantised again, and unmerging gives the old ones to the bit`, () =>
    withBase(async (_, open, folder) => {
      await using model = await open({ quantize })
      const sum = sumOf(await threeAdapters(model))
      const plain = await model.logits(ids)
      await model.save(join(folder, 'sum'), { dtype: 'f32', merge: sum })
      assert.deepEqual(await model.merge(sum), [{ from: quantize, to: quantize, matrices: 14 }])
      await using same = await Decoder.load(join(folder, 'sum'), { quantize })
      const merged = await model.logits(ids)
      assert.deepEqual(merged, await same.logits(ids))
      assert.notDeepEqual(merged, plain)
      await model.unmerge()
      assert.deepEqual(await model.logits(ids), plain)
    }))

for (const dtype of ['bf16', 'f16'] as const)
  test(`${dtype}: merged weights are the sum, rounded once`, () =>
    withBase(async (model, _, folder) => {
      await model.save(join(folder, 'half'), { dtype })
      await using half = await Decoder.load(join(folder, 'half'))
      const sum = sumOf(await threeAdapters(half))
      await half.save(join(folder, 'sum'), { dtype, merge: sum })
      assert.deepEqual(await half.merge(sum), [{ from: dtype, to: dtype, matrices: 14 }])
      await using same = await Decoder.load(join(folder, 'sum'))
      assert.deepEqual(await half.logits(ids), await same.logits(ids))
    }))

test('GGUF: what can be written stays as it is stored, what can only be read becomes bf16, and both are said', () =>
  inFolder(async folder => {
    await using model = await Decoder.load(ggufGolden('llama.gguf'))
    const adapter = model.addAdapter('all', { rank: 2, alpha: 4 })
    const factors = Object.entries(await adapter.parameters())
    await adapter.setParameters(
      Object.fromEntries(
        factors.map(([name, { shape, data }]) => [name, { shape, data: data.map((_, i) => Math.sin(i + 1) / 20) }]),
      ),
    )
    const tokens = Int32Array.from({ length: 12 }, (_, i) => 3 + 5 * i)
    const [plain, beside] = [await model.logits(tokens), await model.logits(tokens, { adapter })]
    const changed = await model.merge(adapter)
    const bySource = Object.fromEntries(changed.map(({ from, to, matrices }) => [from, `${to} ${matrices}`]))
    for (const storage of ['q4_k', 'q5_k', 'q6_k', 'q4_1', 'q5_0'])
      assert.match(bySource[storage] ?? 'bf16 1', /^bf16 \d+$/, storage)
    for (const storage of ['f32', 'bf16', 'f16', 'q8_0', 'q4_0'])
      assert.match(bySource[storage] ?? `${storage} 1`, new RegExp(`^${storage} \\d+$`), storage)
    assert.ok(changed.some(({ from, to }) => from !== to))
    assert.equal(
      changed.reduce((sum, { matrices }) => sum + matrices, 0),
      21,
    )
    // As far from the sum as its storages round: q4_0's steps are a seventh of a block's largest number.
    const merged = await model.logits(tokens)
    const off = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)))
    assert.ok(off(merged, beside) < 0.5 * off(plain, beside), `${off(merged, beside)} of ${off(plain, beside)}`)
    await model.unmerge()
    assert.deepEqual(await model.logits(tokens), plain)
    // Written as a folder the sum is rounded to f32 alone.
    await model.save(join(folder, 'sum'), { dtype: 'f32', merge: adapter })
    await using wide = await Decoder.load(join(folder, 'sum'))
    near(await wide.logits(tokens), beside, tolerance, 'logits')
  }))

test('another adapter goes on beside merged weights', () =>
  withBase(async model => {
    const [task, hausa] = await threeAdapters(model)
    const both = adapters.compose([
      [task, 1],
      [hausa, 0.5],
    ])
    const want = await model.logits(ids, { adapter: both })
    await model.merge([[hausa, 0.5]])
    near(await model.logits(ids, { adapter: task }), want, tolerance, 'logits')
    await model.unmerge()
    await model.merge(task)
    await model.unmerge()
    assert.ok(await model.logits(ids, { adapter: task }))
  }))

test('after unmerging, learning is what it would have been, to the bit', () =>
  withBase(async (_, open) => {
    const learnt = async (merge: boolean) => {
      await using model = await open({ trainable: 'all' })
      const [task] = await threeAdapters(model)
      const batch = { ids, offsets: Int32Array.of(0, 20), labels: ids }
      const step = async (options = {}) => {
        await model.zeroGrad()
        await model.accumulate(batch, { objective: 'sft', ...options })
        await model.step({ lr: 1e-2 })
      }
      await step()
      if (merge) {
        await model.merge(task)
        await model.unmerge()
      }
      await step()
      await step({ adapter: task })
      return { model: await model.parameters(), task: await task.parameters() }
    }
    assert.deepEqual(await learnt(true), await learnt(false))
  }))

test('weights that train merge, too', () =>
  withBase(async (_, open) => {
    await using model = await open({ trainable: 'all' })
    const [task] = await threeAdapters(model)
    const [before, beside] = [await model.parameters(), await model.logits(ids, { adapter: task })]
    assert.deepEqual(await model.merge(task), [{ from: 'f32', to: 'f32', matrices: 14 }])
    near(await model.logits(ids), beside, tolerance, 'logits')
    assert.notDeepEqual(await model.parameters(), before)
    await model.unmerge()
    assert.deepEqual(await model.parameters(), before)
  }))

test('a sum that adds nothing changes no matrix', () =>
  withBase(async model => {
    const [task] = await threeAdapters(model)
    const plain = await model.logits(ids)
    const beside = await model.logits(ids, { adapter: task })
    assert.deepEqual(await model.merge([[task, 0]]), [])
    assert.deepEqual(await model.logits(ids), plain)
    // It is not among the weights, so it goes on beside them.
    assert.deepEqual(await model.logits(ids, { adapter: task }), beside)
    await model.unmerge()
  }))

test('an estimate counts both what is merged and what it was', () =>
  withBase(async model => {
    const [task] = await threeAdapters(model)
    const { bytes } = model.estimate({ tokens: 20 })
    await model.merge(task)
    // Fourteen f32 matrices, of 64·64, 64·32 and 64·128 numbers.
    assert.ok(model.estimate({ tokens: 20 }).bytes - bytes >= 2 * 4 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128))
    await model.unmerge()
    assert.equal(model.estimate({ tokens: 20 }).bytes, bytes)
  }))
