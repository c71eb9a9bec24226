import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Decoder, type ErrorCode } from 'xling'
import { throws } from './throws.js'

const untyped = <T>(value: unknown) => value as T

const golden = (name: string) =>
  fileURLToPath(new URL(`./test/golden/decoder/${name}`, import.meta.resolve('xling/package.json')))

/** A copy of a golden's folder, changed, which does not load. */
async function refuses(change: (folder: string) => Promise<void>, code: ErrorCode, text: string, name = 'llama-f16') {
  const folder = await mkdtemp(join(tmpdir(), 'xling-broken-'))
  try {
    await cp(golden(name), folder, { recursive: true })
    await change(folder)
    await throws(() => Decoder.load(folder), code, text)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function changeConfig(folder: string, change: object) {
  const path = join(folder, 'config.json')
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...change }))
}

/** Rewrites a safetensors header, its length kept. */
async function changeHeader(path: string, from: string, to: string) {
  const bytes = await readFile(path)
  const at = bytes.indexOf(from)
  assert.ok(at > 0 && from.length === to.length)
  bytes.write(to, at)
  await writeFile(path, bytes)
}

const weights = 'model.safetensors'
const index = `${weights}.index.json`

test('a source that names no model is refused', async () => {
  await throws(() => Decoder.load('./nowhere'), 'ERR_FILE_NOT_FOUND', 'nowhere')
  await throws(() => Decoder.load(untyped(7)), 'ERR_INVALID_ARGUMENT', '7 names no model')
  await throws(() => Decoder.load('a b/c d'), 'ERR_INVALID_ARGUMENT', 'a b/c d')
})

test('options that do not exist, or contradict each other, are refused', async () => {
  const folder = golden('llama-f16')
  await throws(
    () => Decoder.load(folder, untyped({ quantise: 'nf4' })),
    'ERR_UNKNOWN_OPTION',
    "did you mean 'quantize'",
  )
  await throws(
    () => Decoder.load(folder, untyped({ quantize: 'q4_k' })),
    'ERR_INVALID_ARGUMENT',
    "'nf4', 'nf4d', 'q8_0'",
  )
  await throws(() => Decoder.load(folder, untyped({ trainable: 'some' })), 'ERR_INVALID_ARGUMENT', "'adapters', 'all'")
  await throws(
    () => Decoder.load(folder, { quantize: 'nf4', trainable: 'all' }),
    'ERR_INVALID_ARGUMENT',
    'quantised weights cannot train',
  )
  await throws(() => Decoder.load(folder, untyped({ device: 'tpu' })), 'ERR_INVALID_ARGUMENT', 'tpu')
  await throws(
    () => Decoder.load(golden('gemma3-bf16'), { quantize: 'nf4' }),
    'ERR_INVALID_ARGUMENT',
    'layers.0.query has rows of 24 numbers, but nf4 has blocks of 64',
  )
})

test('a folder that lacks a file, or whose files do not belong together, is refused', async () => {
  await refuses(folder => rm(join(folder, 'config.json')), 'ERR_FILE_NOT_FOUND', 'config.json')
  await refuses(folder => rm(join(folder, weights)), 'ERR_FILE_NOT_FOUND', 'has neither model.safetensors nor')
  await refuses(folder => writeFile(join(folder, 'config.json'), '{'), 'ERR_INVALID_CONFIG', 'is not JSON')
  await refuses(folder => writeFile(join(folder, 'config.json'), '[]'), 'ERR_INVALID_CONFIG', 'must be a JSON object')
  await refuses(folder => changeConfig(folder, { model_type: 'mamba' }), 'ERR_UNKNOWN_ARCHITECTURE', "'mamba'")
  await refuses(folder => changeConfig(folder, { num_hidden_layers: 9 }), 'ERR_WEIGHTS_MISMATCH', 'lack')
  await refuses(folder => changeConfig(folder, { num_hidden_layers: 1 }), 'ERR_WEIGHTS_MISMATCH', 'knows nothing of')
  await refuses(
    folder => changeConfig(folder, { vocab_size: 7 }),
    'ERR_WEIGHTS_MISMATCH',
    'but the configuration makes it [7,',
  )
})

test('shards that are missing, or that lie elsewhere, are refused', async () => {
  const sharded = 'llama-bf16-sharded'
  const second = 'model-00002-of-00003.safetensors'
  await refuses(folder => rm(join(folder, second)), 'ERR_FILE_NOT_FOUND', second, sharded)
  const named = (name: unknown) => (folder: string) =>
    writeFile(join(folder, index), JSON.stringify({ weight_map: { 'model.norm.weight': name } }))
  await refuses(named('../model.safetensors'), 'ERR_MALFORMED_FILE', 'no safetensors file of the same folder', sharded)
  await refuses(named('/etc/x.safetensors'), 'ERR_MALFORMED_FILE', 'no safetensors file of the same folder', sharded)
  await refuses(named(3), 'ERR_MALFORMED_FILE', 'no safetensors file', sharded)
  await refuses(folder => writeFile(join(folder, index), '{}'), 'ERR_MALFORMED_FILE', 'names no file', sharded)
  await refuses(folder => writeFile(join(folder, index), '{'), 'ERR_MALFORMED_FILE', 'is not JSON', sharded)
})

test('a broken safetensors file is refused, whole or in part', async () => {
  await refuses(folder => truncate(join(folder, weights), 5), 'ERR_MALFORMED_FILE', weights)
  await refuses(folder => truncate(join(folder, weights), 2000), 'ERR_MALFORMED_FILE', weights)
  await refuses(folder => writeFile(join(folder, weights), 'no model'), 'ERR_MALFORMED_FILE', weights)
  await refuses(folder => changeHeader(join(folder, weights), '"F16"', '"I16"'), 'ERR_UNSUPPORTED_FILE', 'I16')
})

test('a malformed tokenizer is refused where it is asked for, each time; ids still work', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xling-broken-'))
  try {
    await cp(golden('llama-f16'), folder, { recursive: true })
    await writeFile(join(folder, 'tokenizer.json'), '{"model": 7}')
    await using decoder = await Decoder.load(folder)
    for (let time = 0; time < 2; time += 1)
      assert.throws(() => decoder.tokenizer, { code: 'ERR_INVALID_TOKENIZER', message: /tokenizer.json/ })
    assert.ok((await decoder.logits(Int32Array.of(1, 2))).length > 0)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('ids, labels, rows and layers that are none are refused', async () => {
  await using decoder = await Decoder.load(golden('llama-f32'))
  const ids = Int32Array.of(1, 2, 3)
  await throws(() => decoder.logits(untyped([1, 2])), 'ERR_INVALID_ARGUMENT', 'ids must be an Int32Array')
  await throws(() => decoder.logits(Int32Array.of(1, 1031)), 'ERR_INVALID_ARGUMENT', 'id 1031 at token 1')
  await throws(() => decoder.logits(Int32Array.of(-1)), 'ERR_INVALID_ARGUMENT', 'id -1 at token 0')
  await throws(() => decoder.logits(new Int32Array(100_000)), 'ERR_INVALID_ARGUMENT', 'but the context holds')
  await throws(
    () => decoder.logits(ids, { rows: Int32Array.of(3) }),
    'ERR_INVALID_ARGUMENT',
    'rows: 3 is no token of the 3',
  )
  await throws(() => decoder.logits(ids, { rows: Int32Array.of(-1) }), 'ERR_INVALID_ARGUMENT', 'rows: -1')
  await throws(() => decoder.logits(ids, { rows: untyped('first') }), 'ERR_INVALID_ARGUMENT', "'last' or an Int32Array")
  await throws(() => decoder.logits(ids, { rows: new Int32Array(300_000) }), 'ERR_INVALID_ARGUMENT', 'over 1 GiB')
  await throws(() => decoder.hiddenStates(ids, { layer: 3 }), 'ERR_INVALID_ARGUMENT', 'layer is 3 but this model has 0')
  await throws(() => decoder.hiddenStates(ids, { layer: -1 }), 'ERR_INVALID_ARGUMENT', 'layer is -1')
  await throws(() => decoder.hiddenStates(ids, { layer: 0.5 }), 'ERR_INVALID_ARGUMENT', 'layer is 0.5')
  await throws(() => decoder.hiddenStates(ids, untyped({ layers: 1 })), 'ERR_UNKNOWN_OPTION', "did you mean 'layer'")
  await throws(() => decoder.loss(ids, Int32Array.of(1)), 'ERR_INVALID_SHAPE', '1 labels for 3 ids')
  await throws(() => decoder.loss(ids, Int32Array.of(1, -100, -100)), 'ERR_NO_LABELS', 'no token has a label')
  await throws(() => decoder.loss(ids, Int32Array.of(1, -5, 2)), 'ERR_INVALID_ARGUMENT', 'label -5 at token 1')
  await throws(() => decoder.save('/dev/null/model'), 'ERR_FILE_FAILED', '/dev/null/model')
  await throws(() => decoder.save('x', { dtype: untyped('q8_0') }), 'ERR_INVALID_ARGUMENT', "'bf16', 'f16', 'f32'")
  assert.throws(() => decoder.estimate({ tokens: -1 }), /tokens is -1/)
  assert.throws(() => decoder.estimate({ tokens: 1e9 }), /up to the context/)
  assert.throws(() => decoder.estimate(untyped({ tokens: 1, task: 'dance' })), /'hiddenStates', 'logits', 'loss'/)
  assert.throws(() => decoder.tokenizer, { code: 'ERR_INVALID_TOKENIZER', message: /has no tokenizer.json/ })
  // After all of this it works.
  assert.equal((await decoder.logits(ids)).length, 1031)
})

test('a configuration or seed from which nothing can be made is refused', async () => {
  const config = { model_type: 'llama', vocab_size: 10, hidden_size: 64, num_attention_heads: 4, num_hidden_layers: 1 }
  await throws(() => Decoder.create({}, { seed: 1 }), 'ERR_INVALID_CONFIG', 'model_type')
  await throws(() => Decoder.create(untyped(null), { seed: 1 }), 'ERR_INVALID_CONFIG', 'null')
  await throws(() => Decoder.create({ ...config, hidden_size: 63 }, { seed: 1 }), 'ERR_INVALID_CONFIG', 'head_dim')
  for (const seed of [-1, 0.5, Number.NaN, undefined])
    await throws(() => Decoder.create(config, untyped({ seed })), 'ERR_INVALID_ARGUMENT', 'whole number, 0 or more')
  await throws(() => Decoder.create(config, untyped({ seed: 1, sed: 2 })), 'ERR_UNKNOWN_OPTION', "did you mean 'seed'")
  await throws(
    () => Decoder.create({ ...config, intermediate_size: 2 ** 24, hidden_size: 2 ** 20 }, { seed: 1 }),
    'ERR_INVALID_CONFIG',
    'head_dim',
  )
  await throws(
    () =>
      Decoder.create(
        { ...config, intermediate_size: 2 ** 24, vocab_size: 2 ** 24, hidden_size: 2 ** 14, head_dim: 64 },
        { seed: 1 },
      ),
    'ERR_OUT_OF_MEMORY',
    'needs',
  )
})

test('an abort, before and in the middle, rejects with its reason; disposing is final and safe to repeat', async () => {
  const reason = new Error('enough')
  await assert.rejects(Decoder.load(golden('llama-f32'), { signal: AbortSignal.abort(reason) }), reason)
  const decoder = await Decoder.load(golden('llama-f32'))
  // Half a second of work and more: all of it is never over before this thread comes to abort it.
  const ids = new Int32Array(250).fill(3)
  const controller = new AbortController()
  const running = Array.from({ length: 200 }, () => decoder.logits(ids, { signal: controller.signal }))
  controller.abort(reason)
  const outcomes = await Promise.allSettled(running)
  assert.ok(outcomes.some(({ status }) => status === 'rejected'))
  for (const outcome of outcomes) if (outcome.status === 'rejected') assert.equal(outcome.reason, reason)
  assert.equal((await decoder.logits(ids)).length, 1031)
  const last = decoder.logits(ids).catch((error: unknown) => error)
  await Promise.all([decoder.dispose(), decoder.dispose()])
  await last
  await throws(() => decoder.logits(ids), 'ERR_DISPOSED', 'disposed')
  assert.throws(() => decoder.estimate({ tokens: 1 }), { code: 'ERR_DISPOSED' })
})
