// An encoder's vectors against transformers'.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Encoder, XlingError } from 'xling'
import { EncoderGolden, encoderFolder, encoderGoldenNames, type Rows } from '../golden/encoder/encoder-golden.js'
import { near } from './training-case.js'

const names = await encoderGoldenNames()

const rowCount = ({ offsets }: Rows) => offsets.length - 1

/** Where a row begins and ends. */
const ends = ({ offsets }: Rows, row: number): [begin: number, end: number] => [
  offsets[row] ?? 0,
  offsets[row + 1] ?? 0,
]

function alone(rows: Rows, row: number): Rows {
  const ids = rows.ids.slice(...ends(rows, row))
  return { ids, offsets: Int32Array.of(0, ids.length) }
}

for (const name of names)
  test(`${name}: hidden states are those of transformers, from the embedding to the last layer`, async () => {
    await using encoder = await Encoder.load(encoderFolder(name), { device: 'cpu' })
    const { rows, states, layers, width, ...golden } = await openGolden(name)
    for (let row = 0; row < rowCount(rows); row += 1) {
      const [begin, end] = ends(rows, row)
      for (let layer = 0; layer <= layers; layer += 1) {
        const from = (layer * rows.ids.length + begin) * width
        near(
          await encoder.hiddenStates(rows.ids.slice(begin, end), { layer }),
          states.subarray(from, from + (end - begin) * width),
          golden.tolerance('hidden_states'),
          `row ${row}, layer ${layer}`,
        )
      }
    }
  })

async function openGolden(name: string) {
  const golden = await EncoderGolden.open(name)
  const { rows, states, layers, width, pooled } = golden
  return { rows, states, layers, width, pooled, tolerance: golden.tolerance.bind(golden) }
}

for (const name of names)
  test(`${name}: pooled vectors are those of transformers`, async () => {
    await using encoder = await Encoder.load(encoderFolder(name))
    const { rows, width, pooled, tolerance } = await openGolden(name)
    assert.equal(encoder.dimension, width)
    assert.ok(pooled.size >= 5)
    for (const [pooling, want] of pooled)
      near(await encoder.embed(rows, { pooling, normalize: false }), want, tolerance('pooled'), pooling)
  })

for (const name of names)
  test(`${name}: a row's vector is the same bits whatever is beside it`, async () => {
    await using encoder = await Encoder.load(encoderFolder(name))
    const { rows, width, pooled } = await openGolden(name)
    for (const pooling of pooled.keys()) {
      const together = await encoder.embed(rows, { pooling })
      for (let row = 0; row < rowCount(rows); row += 1)
        assert.deepEqual(
          await encoder.embed(alone(rows, row), { pooling }),
          together.slice(row * width, (row + 1) * width),
          `${pooling}, row ${row}`,
        )
    }
  })

test('the pooling that a model was loaded with is the one that is used', async () => {
  const { rows, pooled, tolerance } = await openGolden('bert-pooler')
  for (const [pooling, want] of pooled) {
    await using encoder = await Encoder.load(encoderFolder('bert-pooler'), { pooling })
    near(await encoder.embed(rows), want, tolerance('pooled'), pooling)
  }
})

test('normalised vectors have length 1 and the same direction', async () => {
  await using encoder = await Encoder.load(encoderFolder('bert-pooler'))
  const { rows, width, pooled, tolerance } = await openGolden('bert-pooler')
  const raw = pooled.get('mean') ?? new Float32Array(0)
  const got = await encoder.embed(rows, { pooling: 'mean', normalize: true })
  for (let row = 0; row < rowCount(rows); row += 1) {
    const vector = raw.subarray(row * width, (row + 1) * width)
    const norm = Math.hypot(...vector)
    // An error of the vector is divided by its norm, which is above 1, and that of the norm is no larger.
    assert.ok(norm > 1)
    near(
      got.subarray(row * width, (row + 1) * width),
      vector.map(value => value / norm),
      2 * tolerance('pooled'),
      `row ${row}`,
    )
  }
})

test('no rows have no vectors', async () => {
  await using encoder = await Encoder.load(encoderFolder('bert-pooler'))
  assert.equal((await encoder.embed({ ids: new Int32Array(0), offsets: Int32Array.of(0) })).length, 0)
})

test('a pooler that is not there is refused', async () => {
  await using encoder = await Encoder.load(encoderFolder('bert-masked-lm'))
  const { rows } = await openGolden('bert-masked-lm')
  await assert.rejects(async () => encoder.embed(rows, { pooling: 'cls' }), XlingError)
})
