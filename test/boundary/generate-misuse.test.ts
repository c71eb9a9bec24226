// What `generate` refuses, at once and by name.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Decoder, type ErrorCode, XlingError } from 'xling'
import { samplingOfFolder } from '#xling/model/generate/sampling'
import { throws } from './throws.js'

const file = fileURLToPath(new URL('./test/golden/gguf/llama.gguf', import.meta.resolve('xling/package.json')))
let decoder: Decoder
let bare: Decoder
before(async () => {
  decoder = await Decoder.load(file, { device: 'cpu' })
  const config = { model_type: 'llama', vocab_size: 20, hidden_size: 16, num_attention_heads: 2, num_hidden_layers: 1 }
  bare = await Decoder.create({ ...config, intermediate_size: 8, eos_token_id: [3, 4] }, { seed: 1, device: 'cpu' })
})
after(() => Promise.all([decoder.dispose(), bare.dispose()]))

// biome-ignore lint/suspicious/noExplicitAny: misuse is what the types forbid
type Any = any

const cases: [string, Any, Any, ErrorCode, string][] = [
  ['prompts that are a text', 'ko', {}, 'ERR_INVALID_ARGUMENT', 'prompts is "ko" but must be an array'],
  [
    'a prompt that is a number',
    ['ko', 7],
    {},
    'ERR_INVALID_ARGUMENT',
    'prompts[1] is 7 but must be a text, an Int32Array, or an object with either',
  ],
  [
    'a prompt of nothing',
    [{}],
    {},
    'ERR_INVALID_ARGUMENT',
    'prompts[0] is an object but must be a text, or ids, not both',
  ],
  [
    'a prompt of both',
    [{ text: 'k', ids: Int32Array.of(1) }],
    {},
    'ERR_INVALID_ARGUMENT',
    'must be a text, or ids, not both',
  ],
  [
    'ids that are an array',
    [{ ids: [1, 2] }],
    {},
    'ERR_INVALID_ARGUMENT',
    'prompts[0].ids is an object but must be an Int32Array',
  ],
  [
    'an empty prompt',
    ['ko', Int32Array.of()],
    {},
    'ERR_INVALID_ARGUMENT',
    'prompts[1] is an object but must be one token long',
  ],
  ['a text of no tokens', [''], {}, 'ERR_INVALID_ARGUMENT', 'prompts[0] is "" but must be one token long at least'],
  [
    'a prompt as long as the context',
    [new Int32Array(128)],
    {},
    'ERR_PROMPT_TOO_LONG',
    'prompts[0] has 128 tokens, which leave no room in the context of 128',
  ],
  [
    'a misspelt key of a prompt',
    [{ text: 'ko', sead: 1 }],
    {},
    'ERR_UNKNOWN_OPTION',
    "prompts[0]: there is no option 'sead'; did you mean 'seed'?",
  ],
  [
    'a key that is none',
    [{ text: 'ko', key: -1 }],
    {},
    'ERR_INVALID_ARGUMENT',
    'prompts[0].key is -1 but must be a whole number from 0',
  ],
  ['a misspelt option', ['ko'], { topk: 3 }, 'ERR_UNKNOWN_OPTION', "there is no option 'topk'; did you mean 'topK'?"],
  [
    'a temperature below 0',
    ['ko'],
    { temperature: -0.1 },
    'ERR_INVALID_ARGUMENT',
    'temperature is -0.1 but must be a number from 0',
  ],
  [
    'a temperature that is no number',
    ['ko'],
    { temperature: Number.NaN },
    'ERR_INVALID_ARGUMENT',
    'temperature is null but',
  ],
  ['half a token', ['ko'], { topK: 1.5 }, 'ERR_INVALID_ARGUMENT', 'topK is 1.5 but must be a whole number from 0'],
  ['top-p of 0', ['ko'], { topP: 0 }, 'ERR_INVALID_ARGUMENT', 'topP is 0 but must be a number from 0.000001 to 1'],
  ['min-p above 1', ['ko'], { minP: 2 }, 'ERR_INVALID_ARGUMENT', 'minP is 2 but must be a number from 0 to 1'],
  ['a penalty of 0', ['ko'], { repetitionPenalty: 0 }, 'ERR_INVALID_ARGUMENT', 'repetitionPenalty is 0 but'],
  [
    'no new tokens',
    ['ko'],
    { maxNewTokens: 0 },
    'ERR_INVALID_ARGUMENT',
    'maxNewTokens is 0 but must be a whole number from 1',
  ],
  [
    'a seed that is no whole number',
    ['ko'],
    { seed: 0.5 },
    'ERR_INVALID_ARGUMENT',
    'seed is 0.5 but must be a whole number from 0',
  ],
  [
    'an empty stop',
    ['ko'],
    { stop: ['x', ''] },
    'ERR_INVALID_ARGUMENT',
    'stop[1] is "" but must be a text, not empty, or an id',
  ],
  ['a stop alone', ['ko'], { stop: 'x' }, 'ERR_INVALID_ARGUMENT', 'stop is "x" but must be an array of texts and ids'],
  [
    'a batch of none',
    ['ko'],
    { batchSize: 0 },
    'ERR_INVALID_ARGUMENT',
    'batchSize is 0 but must be a whole number from 1 to 4096',
  ],
  [
    'stream that is a word',
    ['ko'],
    { stream: 'yes' },
    'ERR_INVALID_ARGUMENT',
    'stream is "yes" but must be true or false',
  ],
]
for (const [what, prompts, options, code, text] of cases)
  test(`refused: ${what}`, () => {
    assert.throws(
      () => decoder.generate(prompts, options),
      (error: unknown) => error instanceof XlingError && error.code === code && error.message.includes(text),
    )
  })

test('an id that the model does not have is refused when its row is read', async () => {
  await throws(() => decoder.generate([Int32Array.of(288)]).next(), 'ERR_INVALID_ARGUMENT', 'id 288 at token 0')
})

test('a model without a tokenizer continues ids, ends where its configuration says, and has no text', async () => {
  const rows = []
  for await (const row of bare.generate([Int32Array.of(1), Int32Array.of(2)], { temperature: 1, maxNewTokens: 200 }))
    rows.push(row)
  assert.equal(rows.length, 2)
  for (const { text, ids, finishReason } of rows) {
    assert.equal(text, '')
    assert.equal(finishReason, 'stop', 'among 200 draws of 20 ids')
    assert.ok(!ids.includes(3) && !ids.includes(4))
  }
  assert.throws(() => bare.generate(['ko']), { code: 'ERR_INVALID_TOKENIZER' })
  assert.throws(() => bare.generate([Int32Array.of(1)], { stop: ['ko'] }), { code: 'ERR_INVALID_TOKENIZER' })
})

test('memory for a context that no machine has is refused', async () => {
  const vast = { model_type: 'llama', vocab_size: 8, hidden_size: 256, num_attention_heads: 1, num_hidden_layers: 8 }
  await using model = await Decoder.create(
    { ...vast, intermediate_size: 8, max_position_embeddings: 2 ** 24 },
    { seed: 1, device: 'cpu' },
  )
  const prompts = Array.from({ length: 64 }, () => Int32Array.of(1))
  await throws(
    () => model.generate(prompts, { maxNewTokens: 2 ** 24, batchSize: 64 }).next(),
    'ERR_OUT_OF_MEMORY',
    'MiB are free',
  )
})

test("a folder's generation_config.json gives the settings, as transformers takes them", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xling-sampling-'))
  const put = (text: string) => writeFile(join(folder, 'generation_config.json'), text)
  try {
    const off = { repetitionPenalty: 1, topK: 0, topP: 1, minP: 0 }
    assert.deepEqual(await samplingOfFolder(folder), { ...off, temperature: 0 })
    await put('{}')
    assert.deepEqual(await samplingOfFolder(folder), { ...off, temperature: 0 })
    await put('{"do_sample": true}')
    assert.deepEqual(await samplingOfFolder(folder), { ...off, temperature: 1, topK: 50 })
    await put(
      '{"do_sample": true, "temperature": 0.6, "top_k": 64, "top_p": 0.9, "min_p": 0.1, "repetition_penalty": 1.2}',
    )
    assert.deepEqual(await samplingOfFolder(folder), {
      repetitionPenalty: 1.2,
      temperature: 0.6,
      topK: 64,
      topP: 0.9,
      minP: 0.1,
    })
    await put('{"do_sample": false, "temperature": 0.6, "top_p": 0.9}')
    assert.deepEqual(await samplingOfFolder(folder), { ...off, temperature: 0, topP: 0.9 })
    await put('{"temperature": "hot"}')
    await throws(
      () => samplingOfFolder(folder),
      'ERR_INVALID_CONFIG',
      "generation_config.json: temperature is 'hot' but must be a number",
    )
    await put('{')
    await throws(() => samplingOfFolder(folder), 'ERR_INVALID_CONFIG', 'generation_config.json is not JSON')
  } finally {
    await rm(folder, { recursive: true })
  }
})
