import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccumulateOptions, Decoder, type StepOptions } from 'xling'
import { type Batch, TrainingGolden, trainingGoldenNames } from '../golden/training/training-golden.js'
import { inFolder, largest, near, nearAll, open, openAdapted } from './training-case.js'

const names = await trainingGoldenNames()

const scored = ({ labels, offsets }: Batch) =>
  labels.filter((label, t) => label !== -100 && !offsets.includes(t)).length

/** Some rows of a batch. */
function rowsOf({ ids, offsets, labels }: Batch, rows: readonly number[]): Batch {
  const tokens = rows.flatMap(row => {
    const [begin = 0, end = 0] = offsets.subarray(row, row + 2)
    return Array.from({ length: end - begin }, (_, t) => begin + t)
  })
  const lengths = rows.map(row => (offsets[row + 1] ?? 0) - (offsets[row] ?? 0))
  let end = 0
  return {
    ids: Int32Array.from(tokens, t => ids[t] ?? -1),
    offsets: Int32Array.from([0, ...lengths.map(length => (end += length))]),
    labels: Int32Array.from(tokens, t => labels[t] ?? -1),
  }
}

const rowCount = (batch: Batch) => batch.offsets.length - 1

for (const name of names)
  test(`${name}: loss and gradients are those of PyTorch`, async () => {
    await using opened = await open(name)
    const { golden, llm, trainee, how } = opened
    const batch = golden.batch(0)
    const { loss, count } = await llm.accumulate(batch, how)
    assert.equal(count, scored(batch))
    near([loss], golden.read('loss'), golden.tolerance('loss'), 'loss')
    nearAll(
      await trainee.gradients(),
      await golden.tensors('gradient'),
      data => golden.tolerance('gradient') * largest(data),
    )
  })

for (const name of names)
  test(`${name}: ten steps are those of PyTorch`, async () => {
    await using opened = await open(name)
    const { golden, llm, trainee, how } = opened
    const { clip, weightDecay, noDecay, betas, eps, lr } = golden.settings
    const [losses, norms]: [number[], number[]] = [[], []]
    for (const [step, rate] of lr.entries()) {
      losses.push((await llm.accumulate(golden.batch(step), how)).loss)
      const options: StepOptions = { lr: rate, clip, weightDecay, betas, eps }
      norms.push((await llm.step({ ...options, ...(noDecay ? { noDecay: new RegExp(noDecay) } : {}) })).gradNorm)
      await llm.zeroGrad()
    }
    near(losses, golden.read('losses'), golden.tolerance('losses'), 'losses')
    near(norms, golden.read('norms'), golden.tolerance('norms'), 'norms')
    nearAll(await trainee.parameters(), await golden.tensors('parameters'), () => golden.tolerance('parameters'))
  })

for (const name of names)
  test(`${name}: blocks computed twice give the same bits`, async () => {
    await using opened = await open(name)
    const { golden, llm, trainee, how } = opened
    const batch = golden.batch(0)
    const run = async (recompute: boolean) => {
      const { loss } = await llm.accumulate(batch, { ...how, recompute })
      const gradients = await trainee.gradients()
      await llm.zeroGrad()
      return { loss, gradients }
    }
    assert.deepEqual(await run(true), await run(false))
  })

test('dropout follows the seed, and is the same where blocks are computed twice', async () => {
  await using opened = await openAdapted('lora-gemma3-patterns')
  const { golden, llm, adapter } = opened
  const run = async (options: Partial<AccumulateOptions>) => {
    const { loss } = await llm.accumulate(golden.batch(0), { objective: 'sft', adapter, ...options })
    const gradients = await adapter.gradients()
    await llm.zeroGrad()
    return { loss, gradients }
  }
  const once = await run({ seed: 7, recompute: false })
  assert.deepEqual(await run({ seed: 7, recompute: true }), once)
  // Its configuration has a rate; it is on unless it is turned off.
  assert.deepEqual(await run({ seed: 7, dropout: golden.settings.adapter?.dropout ?? 0 }), once)
  assert.notDeepEqual(await run({ seed: 8 }), once)
  assert.notDeepEqual(await run({ seed: 7, dropout: 0.5 }), once)
  near([(await run({ seed: 7, dropout: 0 })).loss], golden.read('loss'), golden.tolerance('loss'), 'loss')
})

for (const name of names)
  test(`${name}: rows one by one come to what they come to together`, async () => {
    await using opened = await open(name)
    const { golden, llm, trainee, how } = opened
    const batch = golden.batch(0)
    // With dropout where there is any: a row's stream is that of its key.
    const { dropout: _, ...given } = how
    const keys = Int32Array.from({ length: rowCount(batch) }, (_, row) => 100 - row)
    const together = await llm.accumulate({ ...batch, keys }, { ...given, seed: 5 })
    const want = await trainee.gradients()
    await llm.zeroGrad()
    let [sum, count] = [0, 0]
    for (let row = rowCount(batch) - 1; row >= 0; row -= 1) {
      const alone = rowsOf(batch, [row])
      if (scored(alone) === 0) continue
      const done = await llm.accumulate({ ...alone, keys: keys.slice(row, row + 1) }, { ...given, seed: 5 })
      assert.equal(done.count, scored(alone))
      sum += done.loss * done.count
      count += done.count
    }
    assert.equal(count, together.count)
    near([sum / count], [together.loss], golden.tolerance('loss'), 'loss')
    // The same terms in another order: what PyTorch's sums in its own order err by.
    nearAll(await trainee.gradients(), want, data => golden.tolerance('gradient') * largest(data))
  })

test('rows without tokens change nothing', async () => {
  await using opened = await open('full-llama')
  const { golden, llm, trainee, how } = opened
  const batch = golden.batch(0)
  const want = await llm.accumulate(batch, how)
  const gradients = await trainee.gradients()
  await llm.zeroGrad()
  const offsets = Int32Array.from([0, ...batch.offsets, batch.ids.length])
  assert.deepEqual(await llm.accumulate({ ...batch, offsets }, how), want)
  assert.deepEqual(await trainee.gradients(), gradients)
})

test('gradients stay after a step, are a mean over all calls, and go with zeroGrad', async () => {
  await using opened = await openAdapted('lora-llama')
  const { golden, llm, adapter, how } = opened
  const [first, second] = [golden.batch(0), golden.batch(1)]
  await llm.accumulate(first, how)
  const once = await adapter.gradients()
  await llm.accumulate(first, how)
  // Twice the sum over twice the count.
  nearAll(await adapter.gradients(), once, data => golden.tolerance('gradient') * largest(data))
  // At rate 0 weights stay what they are, and with them the gradients.
  const { gradNorm } = await llm.step({ lr: 0 })
  near([gradNorm], golden.read('norms').subarray(0, 1), golden.tolerance('norms'), 'norm')
  nearAll(await adapter.gradients(), once, data => golden.tolerance('gradient') * largest(data))
  await llm.zeroGrad()
  await llm.accumulate(second, how)
  assert.notDeepEqual(await adapter.gradients(), once)
  await llm.zeroGrad()
  await llm.accumulate(first, how)
  assert.deepEqual(await adapter.gradients(), once)
})

test('a pattern trains what it names, and nothing else moves', async () => {
  const golden = await TrainingGolden.open('full-gemma3')
  const pattern = /layers\.1\.mlp\.|q_norm/
  await using llm = await Decoder.load(golden.baseFolder, { trainable: pattern })
  await using whole = await Decoder.load(golden.baseFolder, { trainable: 'all' })
  const want = Object.fromEntries(
    Object.entries(await golden.tensors('gradient')).filter(([name]) => pattern.test(name)),
  )
  assert.equal(Object.keys(want).length, 3 + 4)
  await llm.accumulate(golden.batch(0), { objective: 'sft' })
  nearAll(await llm.gradients(), want, data => golden.tolerance('gradient') * largest(data))
  const norm = Math.hypot(...Object.values(want).flatMap(({ data }) => [...data]))
  near([(await llm.step({ lr: 0.01 })).gradNorm], [norm], golden.tolerance('norms'), 'norm')
  // The rest put back to what it was, and the trained part given to the whole, both are one model.
  await whole.setParameters({ ...(await whole.parameters()), ...(await llm.parameters()) })
  const { ids } = golden.batch(1)
  assert.deepEqual(await llm.logits(ids), await whole.logits(ids))
})

for (const name of ['full-llama', 'full-llama-tied-biases', 'full-gemma3'])
  test(`${name}: what was trained is what is saved`, () =>
    inFolder(async folder => {
      await using opened = await open(name)
      const { golden, llm, how } = opened
      const { ids } = golden.batch(0)
      const before = await llm.logits(ids)
      await llm.accumulate(golden.batch(0), how)
      await llm.step({ lr: 0.01 })
      const after = await llm.logits(ids)
      assert.notDeepEqual(after, before)
      await llm.save(folder, { dtype: 'f32' })
      await using again = await Decoder.load(folder)
      assert.deepEqual(await again.logits(ids), after)
    }))

test('a model made from nothing trains, and its loss falls', async () => {
  const small = { model_type: 'llama', vocab_size: 40, hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2 }
  const made = await Decoder.create({ ...small, num_attention_heads: 2, max_position_embeddings: 64 }, { seed: 3 })
  await using llm = made as unknown as Decoder
  const ids = Int32Array.from({ length: 24 }, (_, t) => (5 * t) % 40)
  const given = { ids, offsets: Int32Array.of(0, 10, 24), labels: ids }
  const losses: number[] = []
  for (let step = 0; step < 20; step += 1) {
    losses.push((await llm.accumulate(given, { objective: 'sft' })).loss)
    await llm.step({ lr: 0.01 })
    await llm.zeroGrad()
  }
  // At first every id is as likely as any other, but for the small random weights.
  assert.ok(Math.abs((losses[0] ?? 0) - Math.log(40)) < 0.1, `${losses[0]}`)
  assert.ok((losses.at(-1) ?? 9) < 1, `${losses}`)
})

test('an estimate of learning has its gradients and moments, and less where blocks are computed twice', async () => {
  const golden = await TrainingGolden.open('lora-llama')
  await using llm = await Decoder.load(golden.baseFolder)
  const config = { rank: 4, targets: ['q_proj'] }
  const adapter = llm.addAdapter('x', config)
  const numbers = Object.values(await adapter.parameters()).reduce((sum, { data }) => sum + data.length, 0)
  const work = { task: 'accumulate', tokens: 60, rows: 20, adapter: config } as const
  const kept = llm.estimate(work)
  // Gradient and two moments of f32 each, in lines of 64 bytes.
  assert.ok(kept.training >= 12 * numbers && kept.training < 12 * numbers + 192 * 2 * 4, `${kept.training}`)
  assert.equal(kept.bytes, kept.weights + kept.training + kept.cache + kept.workspace)
  assert.ok(llm.estimate({ ...work, recompute: true }).workspace < 0.75 * kept.workspace)
  assert.ok(llm.estimate({ ...work, adapter: { ...config, dropout: 0.1 } }).workspace > kept.workspace)
  const { adapter: _, ...bare } = work
  assert.equal(llm.estimate(bare).training, 0)
})
