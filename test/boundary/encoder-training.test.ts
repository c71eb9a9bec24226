// An encoder's training against PyTorch's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Encoder, type StepOptions } from 'xling'
import {
  EncoderTrainingGolden,
  encoderFolder,
  encoderTrainingNames,
  isKeyBias,
  keptOf,
} from '../golden/encoder/encoder-golden.js'
import type { Tensors } from '../golden/training/training-golden.js'
import { largest, near, nearAll } from './training-case.js'

const names = await encoderTrainingNames()

async function open(name: string) {
  const golden = await EncoderTrainingGolden.open(name)
  const encoder = await Encoder.load(encoderFolder(golden.settings.base))
  return { golden, encoder, [Symbol.asyncDispose]: () => encoder.dispose() }
}

/** One step's batch, and what it counts: anchors or labels. */
function accumulate(encoder: Encoder, golden: EncoderTrainingGolden, step: number, recompute = false) {
  const { options, negatives } = golden.settings
  if (options.objective === 'masked-lm')
    return encoder.accumulate(
      { ...golden.rows(step, 'ids'), labels: golden.labels(step) },
      { ...options, recompute, dropout: 0 },
    )
  const hard = Array.from({ length: negatives }, (_, i) => golden.rows(step, `negatives.${i}`))
  const batch = { anchors: golden.rows(step, 'anchors'), positives: golden.rows(step, 'positives') }
  const [only] = hard
  return encoder.accumulate(
    // One block stands alone or in a list.
    only === undefined ? batch : { ...batch, negatives: hard.length === 1 ? only : hard },
    { ...options, recompute, dropout: 0 },
  )
}

function countOf(golden: EncoderTrainingGolden): number {
  return golden.settings.options.objective === 'masked-lm'
    ? golden.labels(0).filter(label => label !== -100).length
    : golden.rows(0, 'anchors').offsets.length - 1
}

/** What the golden has numbers of: touched tensors, in part. */
function compared(tensors: Tensors, { settings }: EncoderTrainingGolden): Tensors {
  const touched = Object.entries(tensors).filter(([name]) => !settings.untouched.includes(name) && !isKeyBias(name))
  return Object.fromEntries(touched.map(([name, tensor]) => [name, keptOf(tensor)]))
}

for (const name of names)
  test(`${name}: loss and gradients are those of PyTorch`, async () => {
    await using opened = await open(name)
    const { golden, encoder } = opened
    const { loss, count } = await accumulate(encoder, golden, 0)
    assert.equal(count, countOf(golden))
    near([loss], golden.read('loss'), golden.tolerance('loss'), 'loss')
    const gradients = await encoder.gradients()
    assert.deepEqual(Object.keys(gradients).sort(), Object.keys(await encoder.parameters()).sort())
    nearAll(
      compared(gradients, golden),
      await golden.tensors('gradient'),
      data => golden.tolerance('gradient') * largest(data),
    )
    const keyBiases = Object.entries(gradients).filter(([name]) => isKeyBias(name))
    assert.ok(keyBiases.length >= 2)
    for (const [bias, { data }] of keyBiases)
      near(data, new Float32Array(data.length), golden.tolerance('rounding'), bias)
    for (const untouched of golden.settings.untouched)
      assert.equal(largest(gradients[untouched]?.data ?? Float32Array.of(Number.NaN)), 0, untouched)
  })

for (const name of names)
  test(`${name}: ten steps are those of PyTorch, and what has no gradient stays`, async () => {
    await using opened = await open(name)
    const { golden, encoder } = opened
    const { clip, weightDecay, noDecay, betas, eps, lr, untouched } = golden.settings
    const before = await encoder.parameters()
    const [losses, norms]: [number[], number[]] = [[], []]
    for (const [step, rate] of lr.entries()) {
      losses.push((await accumulate(encoder, golden, step)).loss)
      const options: StepOptions = { lr: rate, clip, weightDecay, betas, eps, noDecay: new RegExp(noDecay) }
      norms.push((await encoder.step(options)).gradNorm)
      await encoder.zeroGrad()
    }
    near(losses, golden.read('losses'), golden.tolerance('losses'), 'losses')
    near(norms, golden.read('norms'), golden.tolerance('norms'), 'norms')
    const after = await encoder.parameters()
    nearAll(compared(after, golden), await golden.tensors('parameters'), () => golden.tolerance('parameters'))
    for (const one of untouched) {
      assert.ok(before[one], one)
      assert.deepEqual(after[one], before[one], one)
    }
  })

for (const name of names)
  test(`${name}: blocks computed twice give the same bits`, async () => {
    await using opened = await open(name)
    const { golden, encoder } = opened
    const run = async (recompute: boolean) => {
      const { loss } = await accumulate(encoder, golden, 0, recompute)
      const gradients = await encoder.gradients()
      await encoder.zeroGrad()
      return { loss, gradients }
    }
    assert.deepEqual(await run(true), await run(false))
  })

test('masked-lm: rows one by one come to what they come to together', async () => {
  await using opened = await open('masked-lm')
  const { golden, encoder } = opened
  const { ids, offsets } = golden.rows(0, 'ids')
  const labels = golden.labels(0)
  let [sum, total] = [0, 0]
  for (let row = offsets.length - 2; row >= 0; row -= 1) {
    const place = [offsets[row] ?? 0, offsets[row + 1] ?? 0] as const
    const wanted = labels.slice(...place)
    if (wanted.every(label => label === -100)) continue
    const batch = { ids: ids.slice(...place), offsets: Int32Array.of(0, wanted.length), labels: wanted }
    const { loss, count } = await encoder.accumulate(batch, { objective: 'masked-lm', dropout: 0 })
    sum += loss * count
    total += count
  }
  assert.equal(total, countOf(golden))
  near([sum / total], golden.read('loss'), golden.tolerance('loss'), 'loss')
  nearAll(
    compared(await encoder.gradients(), golden),
    await golden.tensors('gradient'),
    data => golden.tolerance('gradient') * largest(data),
  )
})

test('contrastive: two batches are the mean over both, and neither is the other’s negatives', async () => {
  await using opened = await open('mean')
  const { golden, encoder } = opened
  await accumulate(encoder, golden, 0)
  await accumulate(encoder, golden, 0)
  nearAll(
    compared(await encoder.gradients(), golden),
    await golden.tensors('gradient'),
    data => golden.tolerance('gradient') * largest(data),
  )
})
