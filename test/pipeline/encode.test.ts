// As much of the job as there is for encoders: one from nothing learns from triplets of two languages, is scored on
// meanings that it never saw, saved, and loaded.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Encoder, evaluate, train } from 'xling'
import { encoderConfig, pairs, writeScored, writeTokenizer } from './micro-world.js'

const places = pairs.map((_, i) => i)
const heldOut = places.filter(i => i % 4 === 1)
const seen = places.filter(i => i % 4 !== 1)

/** The loss of the first step and of the last. */
async function learn(encoder: Encoder, triplets: readonly { anchor: string; positive: string; negative: string }[]) {
  const settings = { epochs: 30, batchSize: 12, lr: 2e-3, clip: 1, temperature: 0.1, seed: 1 }
  const losses: number[] = []
  for await (const step of train(encoder, { objective: 'contrastive', data: triplets, ...settings }))
    losses.push(step.losses.contrastive ?? Number.NaN)
  return { first: losses[0] ?? 0, last: losses.at(-1) ?? 0 }
}

test('an encoder learns from triplets what it is then scored on, and is what it was after a rest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xling-encode-'))
  const [base, data] = [join(folder, 'base'), join(folder, 'test.csv')]
  try {
    await using made = await Encoder.create(encoderConfig, { seed: 1, pooling: 'avg_first_last', normalize: true })
    await made.save(base)
    await writeTokenizer(base)
    await writeScored(data, heldOut)
    await using encoder = await Encoder.load(base)
    const parameters = Object.values(await encoder.parameters()).reduce((sum, { data }) => sum + data.length, 0)
    assert.ok(parameters > 150_000 && parameters < 250_000, `${parameters} parameters`)

    const tripletsOf = (shift: number) =>
      seen.map((i, at) => ({
        anchor: pairs[i]?.anchor ?? '',
        positive: pairs[seen[(at + shift) % seen.length] ?? 0]?.entailed ?? '',
        negative: pairs[seen[(at + shift) % seen.length] ?? 0]?.contradicted ?? '',
      }))
    const score = (of: Encoder) => evaluate(of, { task: 'semrel', data, resamples: 200, seed: 1 })
    const before = await score(encoder)
    const { first, last } = await learn(encoder, tripletsOf(0))
    assert.ok(last < first / 2, `loss ${first} to ${last}`)
    const after = await score(encoder)
    assert.ok(after.spearman > 0.6 && after.spearman > before.spearman + 0.4, JSON.stringify({ before, after }))
    assert.equal(after.n, heldOut.length ** 2)
    const [low, high] = after.interval
    assert.ok(low <= after.spearman && after.spearman <= high)

    // The control: sentences that do not belong together teach nothing of that.
    await using misled = await Encoder.load(base)
    await learn(misled, tripletsOf(17))
    assert.ok((await score(misled)).spearman < after.spearman - 0.4)

    await encoder.save(join(folder, 'trained'))
    await using rested = await Encoder.load(join(folder, 'trained'))
    assert.deepEqual(await score(rested), after)

    // However texts are asked for, each has its own vector, in its place.
    const texts = ['', 'dog sees here', 'koru nami uno', 'dog', 'dog sees here']
    const all = await rested.encode(texts)
    const row = (of: Float32Array, i: number) => of.subarray(i * rested.dimension, (i + 1) * rested.dimension)
    assert.deepEqual(await rested.encode(texts, { batchSize: 1 }), all)
    assert.deepEqual(row(all, 1), row(all, 4))
    for (const [i, text] of texts.entries()) assert.deepEqual(await rested.encode([text]), row(all, i))
    const prompted = await rested.encode(['sees here'], { prompt: 'dog ' })
    assert.deepEqual(prompted, row(all, 1))
    assert.deepEqual(await rested.encode(['dog sees here'], { maxTokens: 2 }), row(all, 3))
    assert.equal((await rested.encode([])).length, 0)
    for (const i of texts.keys()) assert.ok(Math.abs(Math.hypot(...row(all, i)) - 1) < 1e-6)
  } finally {
    await rm(folder, { recursive: true })
  }
})
