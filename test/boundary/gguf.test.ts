// GGUF files as models: the numbers of transformers on the same weights, dequantised.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Decoder } from 'xling'
import { architectureOf } from '#xling/model/architectures/index'
import { openModel } from '#xling/model/opened-model'
import { Golden } from '../golden/safetensors.js'
import { throws } from './throws.js'

const root = fileURLToPath(new URL('./test/golden/gguf/', import.meta.resolve('xling/package.json')))
const fileOf = (name: string) => join(root, `${name}.gguf`)
const names = ['llama', 'gemma3', 'gemma3-stretched']

function near(got: Float32Array, want: Float32Array, tolerance: number) {
  assert.equal(got.length, want.length)
  const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - (want[i] ?? Number.NaN))), 0)
  assert.ok(worst <= tolerance, `off by ${worst}, more than ${tolerance}`)
}

async function rowsOf(name: string) {
  const golden = await Golden.open(`gguf/${name}.expected.safetensors`)
  const [ids, offsets, logits] = [
    golden.read('ids', 'I32'),
    golden.read('offsets', 'I32'),
    golden.read('logits', 'F32'),
  ]
  const [, vocab = 0] = golden.shape('logits')
  const rows = Array.from({ length: offsets.length - 1 }, (_, row) => {
    const [begin = 0, end = 0] = offsets.subarray(row, row + 2)
    return { ids: ids.slice(begin, end), logits: logits.subarray(begin * vocab, end * vocab) }
  })
  // Eight times what transformers' own f32 errs by, measured against f64 when the golden was made.
  return { rows, tolerance: 8 * (golden.read('error.logits', 'F32')[0] ?? 0) }
}

const everyPlace = (ids: Int32Array) => Int32Array.from(ids.keys())

for (const name of names) {
  test(`${name}.gguf: logits are those of transformers`, async () => {
    const { rows, tolerance } = await rowsOf(name)
    await using decoder = await Decoder.load(fileOf(name), { device: 'cpu' })
    for (const { ids, logits } of rows) near(await decoder.logits(ids, { rows: everyPlace(ids) }), logits, tolerance)
  })

  test(`${name}.gguf means the config.json that it was made from`, async () => {
    const { spec } = await openModel(fileOf(name))
    const config: object = JSON.parse(await readFile(join(root, `${name}.json`), 'utf8'))
    assert.deepEqual(spec, architectureOf(config).spec(config))
  })

  test(`${name}.gguf saved as a folder is the same model, with its tokenizer`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xling-gguf-'))
    try {
      await using decoder = await Decoder.load(fileOf(name), { device: 'cpu' })
      await decoder.save(folder, { dtype: 'f32' })
      await using again = await Decoder.load(folder, { device: 'cpu' })
      const ids = Int32Array.from([5, 7, 280, 1, 1, 30])
      // Quantised numbers are sums of products of whole numbers and scales: decoded they are f32, and nothing is lost.
      assert.deepEqual(await again.logits(ids), await decoder.logits(ids))
      const text = '  koko\tko <|im_end|> <bos> é 😀\n'
      assert.deepEqual(again.tokenizer.encode(text), decoder.tokenizer.encode(text))
      assert.deepEqual(again.tokenizer.eosIds, decoder.tokenizer.eosIds)
      assert.equal(again.tokenizer.bosId, decoder.tokenizer.bosId)
      assert.equal(decoder.tokenizer.decode(decoder.tokenizer.encode(text)), text)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}

test("a GGUF's quantised weights can be quantised again, but not trained", async () => {
  await using decoder = await Decoder.load(fileOf('llama'), { device: 'cpu', quantize: 'q8_0' })
  assert.ok((await decoder.logits(Int32Array.of(3))).every(Number.isFinite))
  await throws(
    () => Decoder.load(fileOf('llama'), { device: 'cpu', trainable: 'all' }),
    'ERR_INVALID_ARGUMENT',
    'llama.gguf: token_embd.weight is Q6_K, and quantised weights cannot train; leave it out of trainable',
  )
})
