// What must come to the same thing in an encoder, however it is asked for.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Encoder, type PackedRows, type SentencePooling } from 'xling'
import { packRows } from '#xling/tokenizer/packed'

const config = {
  ...{ model_type: 'bert', vocab_size: 131, hidden_size: 32, num_hidden_layers: 3, num_attention_heads: 2 },
  ...{ intermediate_size: 48, max_position_embeddings: 40, initializer_range: 0.2 },
}
const poolings: SentencePooling[] = ['cls', 'cls_before_pooler', 'mean', 'avg_top2', 'avg_first_last', 'max']

const row = (length: number, seed: number) => Int32Array.from({ length }, (_, i) => (i * 37 + seed * 11) % 131)
const [anchors, positives, negatives] = [
  packRows([row(5, 1), row(9, 2), row(1, 3)]),
  packRows([row(4, 4), row(2, 5), row(13, 6)]),
  packRows([row(7, 7), row(3, 8), row(6, 9)]),
]

test('rows together have the vectors of each alone; a vector that is scaled has length 1', async () => {
  await using encoder = await Encoder.create(config, { seed: 1 })
  for (const pooling of poolings) {
    const all = await encoder.embed(anchors, { pooling })
    for (const [i, length] of [5, 9, 1].entries()) {
      const alone = await encoder.embed(packRows([row(length, i + 1)]), { pooling })
      assert.deepEqual(all.subarray(32 * i, 32 * (i + 1)), alone)
      const scaled = await encoder.embed(packRows([row(length, i + 1)]), { pooling, normalize: true })
      const norm = Math.hypot(...alone)
      assert.ok(scaled.every((value, at) => Math.abs(value - (alone[at] ?? 0) / norm) < 1e-6))
    }
  }
  assert.equal((await encoder.embed({ ids: new Int32Array(0), offsets: Int32Array.of(0) })).length, 0)
})

test('a batch by halves gives the gradient of the mean over what it counted, keys the same dropout in any order', async () => {
  await using one = await Encoder.create(config, { seed: 1 })
  await using two = await Encoder.create(config, { seed: 1 })
  const labels = Int32Array.from(anchors.ids, (id, i) => (i % 3 === 0 || i === 14 ? id : -100))
  const keyed = { ...anchors, labels, keys: Int32Array.of(7, 8, 9) }
  const whole = await one.accumulate(keyed, { objective: 'masked-lm', seed: 5 })
  const cut = (from: number, to: number) => {
    const [begin = 0, end = 0] = [anchors.offsets[from], anchors.offsets[to]]
    const offsets = anchors.offsets.slice(from, to + 1).map(offset => offset - begin)
    return {
      ids: anchors.ids.slice(begin, end),
      labels: labels.slice(begin, end),
      offsets,
      keys: keyed.keys.slice(from, to),
    }
  }
  const later = await two.accumulate(cut(2, 3), { objective: 'masked-lm', seed: 5 })
  const first = await two.accumulate(cut(0, 2), { objective: 'masked-lm', seed: 5 })
  assert.equal(first.count + later.count, whole.count)
  const mean = (first.loss * first.count + later.loss * later.count) / whole.count
  // f32 sums of a few numbers in another order.
  assert.ok(Math.abs(mean - whole.loss) < 1e-6 * whole.loss)
  const [wanted, got] = [await one.gradients(), await two.gradients()]
  for (const [name, { data }] of Object.entries(wanted)) {
    // It adds the same to all of a query's scores: its gradient is zero but for rounding.
    if (name.endsWith('key.bias')) continue
    const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const off = data.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[name]?.data[i] ?? Number.NaN))), 0)
    assert.ok(off <= 1e-5 * largest + 1e-9, `${name} is off by ${off} of ${largest}`)
  }
})

test('a sentence that is its own positive is seen twice, dropped from in two ways', async () => {
  await using encoder = await Encoder.create(config, { seed: 1 })
  const twice = { anchors, positives: anchors }
  const loss = async (options: object = {}) => {
    const { loss } = await encoder.accumulate(twice, { objective: 'contrastive', seed: 3, ...options })
    await encoder.zeroGrad()
    return loss
  }
  const [dropped, still] = [await loss(), await loss({ dropout: 0 })]
  assert.equal(await loss(), dropped)
  assert.notEqual(dropped, still)
  // Without dropout an anchor and its positive are one vector: no cosine is above theirs, 1.
  const cosines = await encoder.embed(anchors, { normalize: true })
  const at = (i: number) => cosines.subarray(32 * i, 32 * (i + 1))
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
  let want = 0
  for (const i of [0, 1, 2])
    want += Math.log([0, 1, 2].reduce((sum, j) => sum + Math.exp((dot(at(i), at(j)) - 1) / 0.05), 0)) / 3
  assert.ok(Math.abs(still - want) < 1e-5, `${still} is not ${want}`)
})

test('what an objective does not use has no gradient, and a step leaves it as it is', async () => {
  await using encoder = await Encoder.create(config, { seed: 1 })
  const before = await encoder.parameters()
  await encoder.accumulate({ anchors, positives, negatives }, { objective: 'contrastive', dropout: 0 })
  await encoder.step({ lr: 1e-3, weightDecay: 0.1 })
  const after = await encoder.parameters()
  for (const [name, { data }] of Object.entries(before)) {
    const used = !/pooler|cls\.predictions/.test(name)
    assert.equal(
      data.some((value, i) => value !== after[name]?.data[i]),
      used,
      name,
    )
  }
})

test('what is saved loads with the same bits, however it pools', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xling-encoder-'))
  try {
    for (const pooling of poolings) {
      await using encoder = await Encoder.create(config, { seed: 2, pooling, normalize: pooling === 'mean' })
      await encoder.save(folder)
      await using again = await Encoder.load(folder)
      assert.equal(again.pooling, pooling)
      assert.equal(again.dimension, encoder.dimension)
      assert.deepEqual(await again.embed(anchors), await encoder.embed(anchors))
      const masked = { ...anchors, labels: anchors.ids }
      const guess = (one: Encoder) => one.accumulate(masked, { objective: 'masked-lm', dropout: 0 })
      assert.deepEqual(await guess(again), await guess(encoder))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('adapters on an encoder learn, and go to and from their folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xling-encoder-'))
  try {
    await using encoder = await Encoder.create(config, { seed: 2 })
    const adapter = encoder.addAdapter('hausa', { rank: 4, alpha: 8, dropout: 0.1, targets: 'all-linear', seed: 1 })
    const plain = await encoder.embed(anchors)
    assert.deepEqual(await encoder.embed(anchors, { adapter }), plain)
    const losses: number[] = []
    for (let step = 0; step < 8; step++) {
      const batch: Record<'anchors' | 'positives' | 'negatives', PackedRows> = { anchors, positives, negatives }
      losses.push((await encoder.accumulate(batch, { objective: 'contrastive', adapter, dropout: 0 })).loss)
      await encoder.step({ lr: 1e-2 })
      await encoder.zeroGrad()
    }
    assert.ok((losses.at(-1) ?? 9) < (losses[0] ?? 0) * 0.8, `${losses}`)
    assert.deepEqual(await encoder.embed(anchors), plain)
    const adapted = await encoder.embed(anchors, { adapter })
    assert.notDeepEqual(adapted, plain)
    await adapter.save(folder)
    const loaded = await encoder.loadAdapter(folder, { name: 'again' })
    assert.deepEqual(await encoder.embed(anchors, { adapter: loaded }), adapted)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
