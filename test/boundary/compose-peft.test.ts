// Sums and merges beside PEFT's: test/golden/compose/make.py.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Adapter, adapters, Decoder } from 'xling'
import { Golden } from '../golden/safetensors.js'
import { inFolder, near } from './training-case.js'

const root = fileURLToPath(new URL('./test/golden/', import.meta.resolve('xling/package.json')))
const golden = await Golden.open('compose/expected.safetensors')
const { base, weights, rank } = JSON.parse(await readFile(join(root, 'compose/case.json'), 'utf8'))
const ids = golden.read('ids', 'I32')
const rows = golden.read('kept', 'I32')

async function opened() {
  const model = await Decoder.load(join(root, 'decoder', base))
  const terms: [Adapter, number][] = []
  for (const [name, weight] of Object.entries<number>(weights))
    terms.push([await model.loadAdapter(join(root, 'compose', name)), weight])
  return { model, terms, [Symbol.asyncDispose]: () => model.dispose() }
}

/** Eight times what transformers and PEFT err by in f32. */
function check(got: Float32Array, kind: 'sum' | 'cut' | 'merged') {
  near(got, golden.read(kind, 'F32'), 8 * (golden.read(`error.${kind}`, 'F32')[0] ?? Number.NaN), kind)
}

test('a signed sum has the logits of PEFT’s', async () => {
  await using all = await opened()
  check(await all.model.logits(ids, { rows, adapter: adapters.compose(all.terms) }), 'sum')
})

test('a sum that is cut to a rank has the logits of PEFT’s SVD', async () => {
  await using all = await opened()
  const cut = adapters.compose(all.terms, { rank })
  assert.equal(cut.config.rank, rank)
  check(await all.model.logits(ids, { rows, adapter: cut }), 'cut')
})

test('merged, in memory and in a folder, it has the logits of PEFT’s merge', () =>
  inFolder(async folder => {
    await using all = await opened()
    await all.model.save(folder, { dtype: 'f32', merge: all.terms })
    await all.model.merge(all.terms)
    check(await all.model.logits(ids, { rows }), 'merged')
    await using loaded = await Decoder.load(folder)
    check(await loaded.logits(ids, { rows }), 'merged')
  }))
