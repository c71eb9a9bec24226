import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Decoder } from 'xling'
import { goldenNames } from '../golden/decoder/golden-folder.js'
import { Golden } from '../golden/safetensors.js'

const folderOf = (name: string) =>
  join(fileURLToPath(new URL('./test/golden/decoder/', import.meta.resolve('xling/package.json'))), name)

interface Row {
  readonly ids: Int32Array
  readonly labels: Int32Array
  /** Of this row's tokens, those whose numbers are stored, and where they are stored. */
  readonly kept: { place: number; at: number }[]
}

async function open(name: string) {
  const golden = await Golden.open(`decoder/${name}/expected.safetensors`)
  const [ids, offsets] = [golden.read('ids', 'I32'), golden.read('offsets', 'I32')]
  const [labels, kept] = [golden.read('labels', 'I32'), golden.read('kept', 'I32')]
  const rows: Row[] = []
  for (let row = 0; row + 1 < offsets.length; row += 1) {
    const [begin = 0, end = 0] = offsets.subarray(row, row + 2)
    rows.push({
      ids: ids.slice(begin, end),
      labels: labels.slice(begin, end),
      kept: [...kept].flatMap((token, at) => (token >= begin && token < end ? [{ place: token - begin, at }] : [])),
    })
  }
  // Eight times what transformers' own f32 errs by, measured against f64 when the golden was made.
  const tolerance = (what: string) => 8 * (golden.read(`error.${what}`, 'F32')[0] ?? 0)
  return { golden, rows, tolerance }
}

function near(got: Float32Array, want: Float32Array, tolerance: number, what: string) {
  assert.equal(got.length, want.length, what)
  const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - (want[i] ?? Number.NaN))), 0)
  assert.ok(worst <= tolerance, `${what}: off by ${worst}, more than ${tolerance}`)
}

const scored = (labels: Int32Array) => labels.filter((label, t) => t > 0 && label !== -100).length

for (const name of await goldenNames())
  test(`${name}: logits, hidden states and loss are those of transformers`, async () => {
    await using decoder = await Decoder.load(folderOf(name), { device: 'cpu' })
    const { golden, rows, tolerance } = await open(name)
    const [layers = 0, , width = 0] = golden.shape('hidden_states')
    const [keptCount = 0, vocab = 0] = golden.shape('logits')
    const hidden = golden.read('hidden_states', 'F32')
    const logits = golden.read('logits', 'F32')
    let [sum, count] = [0, 0]
    for (const { ids, labels, kept } of rows) {
      const got = await decoder.logits(ids, { rows: Int32Array.from(kept, ({ place }) => place) })
      for (const [i, { at }] of kept.entries())
        near(
          got.subarray(i * vocab, (i + 1) * vocab),
          logits.subarray(at * vocab, (at + 1) * vocab),
          tolerance('logits'),
          'logits',
        )
      for (let layer = 0; layer < layers; layer += 1) {
        const states = await decoder.hiddenStates(ids, { layer })
        assert.equal(states.length, ids.length * width)
        for (const { place, at } of kept) {
          const from = (layer * keptCount + at) * width
          near(
            states.subarray(place * width, (place + 1) * width),
            hidden.subarray(from, from + width),
            tolerance('hidden_states'),
            `layer ${layer}`,
          )
        }
      }
      if (scored(labels) === 0) continue
      sum += (await decoder.loss(ids, labels)) * scored(labels)
      count += scored(labels)
    }
    near(Float32Array.of(sum / count), golden.read('loss', 'F32'), tolerance('loss'), 'loss')
  })

test('the last row is what is asked for by default', async () => {
  await using decoder = await Decoder.load(folderOf('llama-f32'))
  const ids = Int32Array.of(5, 6, 7, 8)
  assert.deepEqual(await decoder.logits(ids), await decoder.logits(ids, { rows: Int32Array.of(3) }))
  assert.equal((await decoder.logits(new Int32Array(0))).length, 0)
})

async function inFolder(body: (folder: string) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'xling-decoder-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

for (const [name, dtype] of [
  ['llama-bf16-sharded', 'bf16'],
  ['gemma3-multimodal-f16', 'f16'],
  ['gemma3-f32-softcap', 'f32'],
] as const)
  test(`${name}: saved in its own dtype and loaded again, it is the same model`, () =>
    inFolder(async folder => {
      const ids = Int32Array.from({ length: 20 }, (_, i) => (7 * i) % 60)
      await using decoder = await Decoder.load(folderOf(name))
      await decoder.save(folder, { dtype })
      await using again = await Decoder.load(folder)
      assert.deepEqual(await again.logits(ids), await decoder.logits(ids))
      assert.deepEqual((await readdir(folder)).sort(), ['config.json', 'model.safetensors'])
      assert.equal(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')).quantization_config, undefined)
      // Over itself, which must not lose anything.
      await again.save(folder, { dtype })
      await using third = await Decoder.load(folder)
      assert.deepEqual(await third.logits(ids), await decoder.logits(ids))
    }))

test('weights that are widened to train give the logits of the frozen ones', async () => {
  const ids = Int32Array.of(1, 2, 3, 50, 60)
  await using frozen = await Decoder.load(folderOf('llama-f16'))
  await using trainable = await Decoder.load(folderOf('llama-f16'), { trainable: 'all' })
  assert.deepEqual(await trainable.logits(ids), await frozen.logits(ids))
  // Frozen panels of such small matrices are padded, by more the wider the ISA; what trains has no padding to hide behind.
  const numbers = Object.values(await trainable.parameters()).reduce((sum, { data }) => sum + data.length, 0)
  assert.ok(trainable.estimate({ tokens: 5 }).weights >= 4 * numbers)
  assert.ok(frozen.estimate({ tokens: 5 }).weights < 4 * numbers)
})

const small = {
  model_type: 'llama',
  vocab_size: 120,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  max_position_embeddings: 64,
}

test('a model made from nothing depends on its seed alone, and survives saving', () =>
  inFolder(async folder => {
    const ids = Int32Array.of(3, 1, 4, 1, 5)
    await using one = await Decoder.create(small, { seed: 1 })
    await using same = await Decoder.create(small, { seed: 1 })
    await using other = await Decoder.create(small, { seed: 2 })
    const want = await one.logits(ids)
    assert.deepEqual(await same.logits(ids), want)
    assert.notDeepEqual(await other.logits(ids), want)
    assert.ok(want.every(Number.isFinite) && new Set(want).size > 100)
    await one.save(folder, { dtype: 'f32' })
    await using loaded = await Decoder.load(folder)
    assert.deepEqual(await loaded.logits(ids), want)
  }))

for (const [quantize, most] of [
  ['q8_0', 0.02],
  ['nf4', 0.3],
  ['nf4d', 0.3],
  ['q4_0', 0.3],
] as const)
  test(`${quantize}: quantised linear layers take less memory and move logits by a little`, () =>
    inFolder(async folder => {
      const ids = Int32Array.from({ length: 30 }, (_, i) => (11 * i) % 120)
      await using made = await Decoder.create({ ...small, initializer_range: 0.1 }, { seed: 3 })
      await made.save(folder, { dtype: 'f32' })
      await using exact = await Decoder.load(folder)
      await using rough = await Decoder.load(folder, { quantize })
      const [want, got] = [await exact.logits(ids), await rough.logits(ids)]
      const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
      const off = norm(got.map((value, i) => value - (want[i] ?? 0))) / norm(want)
      assert.ok(off > 0 && off < most, `off by ${off} of the logits' norm`)
      assert.ok(rough.estimate({ tokens: 1 }).weights < 0.6 * exact.estimate({ tokens: 1 }).weights)
    }))
