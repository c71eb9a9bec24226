// Vocabularies of GGUF files: text to ids and back, against Python.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergesOfScores } from '#xling/tokenizer/gguf/merges-of-scores'
import { ggufTokenizerSources } from '#xling/tokenizer/gguf/tokenizer-sources'
import type { JsonObject } from '#xling/tokenizer/json-fields'
import { Tokenizer } from '#xling/tokenizer/tokenizer'
import { ggufFamilies, type MetadataValues, metadataOf, readGgufGolden } from '../golden/tokenizer/gguf.js'

const sourcesOf = (values: MetadataValues) => ggufTokenizerSources(metadataOf(values))
const made = (values: MetadataValues) => new Tokenizer(sourcesOf(values))

const key = (name: string) => `tokenizer.ggml.${name}`
const ids = (array: Int32Array) => Array.from(array)

/** The metadata of a golden, some of it changed; undefined is not there. */
const changed = async (family: string, changes: MetadataValues) => ({
  ...(await readGgufGolden(family)).metadata,
  ...Object.fromEntries(Object.entries(changes).map(([name, value]) => [key(name), value])),
})

// Python puts BOS before a parsed BOS; here it is put once.
const withOneBos = ({ both, parsed }: { both: number[]; parsed: number[] }, bos: number | undefined) =>
  parsed[0] === bos && both[1] === bos ? both.slice(1) : both

for (const family of ggufFamilies) {
  test(`${family}: encode gives Python's ids`, async () => {
    const golden = await readGgufGolden(family)
    const tokenizer = made(golden.metadata)
    for (const { text, plain, added, parsed, both } of golden.texts) {
      const oneBos = withOneBos({ both, parsed }, tokenizer.bosId)
      const what = JSON.stringify(text)
      const encoded = (options: object) => ids(tokenizer.encode(text, options))
      assert.deepEqual(encoded({ addSpecial: false }), plain, `${what}, neither added nor parsed`)
      assert.deepEqual(encoded({}), added, `${what}, added`)
      assert.deepEqual(encoded({ addSpecial: false, parseSpecial: true }), parsed, `${what}, parsed`)
      assert.deepEqual(encoded({ parseSpecial: true }), oneBos, `${what}, added and parsed`)
    }
  })

  test(`${family}: decode gives Python's text`, async () => {
    const golden = await readGgufGolden(family)
    const tokenizer = made(golden.metadata)
    for (const { parsed, skipped, decoded } of golden.texts) {
      assert.equal(tokenizer.decode(parsed), skipped)
      assert.equal(tokenizer.decode(parsed, { skipSpecial: false }), decoded)
    }
    for (const { ids, text } of golden.decodes) assert.equal(tokenizer.decode(ids), text, `[${ids}]`)
  })

  test(`${family}: conversations are Python's, by the file's template`, async () => {
    const { metadata, template, chats = [] } = await readGgufGolden(family)
    assert.equal(sourcesOf(metadata).chatTemplate, template)
    const tokenizer = made(metadata)
    for (const { messages, prompt, text, ids: wanted } of chats) {
      const options = { addGenerationPrompt: prompt }
      assert.equal(tokenizer.chat(messages, options), text)
      assert.deepEqual(ids(tokenizer.chatIds(messages, options)), wanted)
    }
  })

  test(`${family}: what is made is a whole tokenizer.json and tokenizer_config.json`, async () => {
    const golden = await readGgufGolden(family)
    const sources = sourcesOf(golden.metadata)
    const written = JSON.parse(JSON.stringify(sources))
    assert.deepEqual(Object.keys(written.tokenizer), [
      ...['version', 'truncation', 'padding', 'added_tokens', 'normalizer', 'pre_tokenizer', 'post_processor'],
      ...['decoder', 'model'],
    ])
    assert.equal(written.config.tokenizer_class, 'PreTrainedTokenizerFast')
    const [read, tokenizer] = [new Tokenizer(written), new Tokenizer(sources)]
    assert.deepEqual(
      [read.bosId, read.eosIds, read.padId, read.maskId, read.vocabSize],
      [tokenizer.bosId, tokenizer.eosIds, tokenizer.padId, tokenizer.maskId, tokenizer.vocabSize],
    )
    for (const { text, added } of golden.texts) assert.deepEqual(ids(read.encode(text)), added)
  })
}

const smollmVocabulary = async () => {
  const { metadata } = await readGgufGolden('smollm')
  return { tokens: metadata[key('tokens')] as string[], types: metadata[key('token_type')] as number[] }
}

test('roles are the ids of the file, and so are the ends of a sequence', async () => {
  const gemma = made(await changed('gemma3', {}))
  assert.deepEqual([gemma.bosId, gemma.eosIds, gemma.padId, gemma.maskId], [2, [1, 6], 0, 4])
  const smollm = sourcesOf(await changed('smollm', {}))
  assert.deepEqual(smollm.generationConfig, { eos_token_id: [0, 2] })
  const llama3 = (await readGgufGolden('llama3')).metadata
  const idOf = (name: string) => (llama3[key('tokens')] as string[]).indexOf(`<|${name}|>`)
  assert.deepEqual(made(llama3).eosIds, ['end_of_text', 'eot_id', 'eom_id'].map(idOf))
  // SentencePiece's own ids, where the file states none; and not where they are other tokens.
  const llama = made(await changed('llama2', {}))
  assert.deepEqual([llama.bosId, llama.eosIds, llama.padId], [1, [2], undefined])
  const stateless = await changed('gemma3', { bos_token_id: undefined, add_bos_token: undefined })
  const fallen = sourcesOf({ ...stateless, [key('token_type')]: new Array(560).fill(1) })
  assert.equal(fallen.config?.bos_token, undefined)
})

test('an end of a turn or of a message ends a sequence, by its key or as a control token that is known', async () => {
  const ends = async (family: string, changes: MetadataValues) =>
    sourcesOf(await changed(family, changes)).generationConfig?.eos_token_id
  assert.deepEqual(await ends('smollm', { eot_token_id: 7, eom_token_id: 5 }), [0, 2, 5, 7])
  // Gemma's '</s>' is HTML's.
  const { metadata } = await readGgufGolden('gemma3')
  const html = (metadata[key('tokens')] as string[]).indexOf('</s>')
  assert.ok(html > 0 && !((await ends('gemma3', {})) as number[]).includes(html))
  assert.equal('generationConfig' in sourcesOf(small(['a'])), false)
  // An end is a control token, also where its type says that it is a word.
  const { tokens, types } = await smollmVocabulary()
  const tool = tokens.indexOf('<tool>')
  const plain = made(await changed('smollm', { token_type: types.with(tool, 1), eot_token_id: tool }))
  assert.ok(!ids(plain.encode('a<tool>')).includes(tool))
  assert.ok(ids(plain.encode('a<tool>', { parseSpecial: true })).includes(tool))
})

test('BOS and EOS are added as the file says, else as llama.cpp does for the kind', async () => {
  const framed = async (family: string, changes: MetadataValues) => {
    const tokenizer = made(await changed(family, changes))
    const [plain, added] = [tokenizer.encode('ko', { addSpecial: false }).length, ids(tokenizer.encode('ko'))]
    return [added[0] === tokenizer.bosId, added.length - plain]
  }
  const unsaid = { add_bos_token: undefined, add_eos_token: undefined }
  assert.deepEqual(await framed('llama2', unsaid), [true, 1])
  assert.deepEqual(await framed('gemma3', unsaid), [true, 1])
  assert.deepEqual(await framed('llama3', unsaid), [true, 1])
  assert.deepEqual(await framed('gpt2', unsaid), [false, 0])
  assert.deepEqual(await framed('llama2', { add_bos_token: false }), [false, 0])
  assert.deepEqual(await framed('llama2', { add_eos_token: true }), [true, 2])
  // None to add, and none asked for.
  assert.deepEqual(await framed('llama3', { bos_token_id: undefined }), [false, 0])
})

test('a pre-tokenizer goes by several names', async () => {
  const json = async (family: string, pre: string | undefined) =>
    JSON.stringify(sourcesOf(await changed(family, { pre })).tokenizer)
  for (const name of ['llama3', 'llama-v3']) assert.equal(await json('llama3', name), await json('llama3', 'llama-bpe'))
  for (const name of ['default', 'gpt-2']) assert.equal(await json('gpt2', name), await json('gpt2', undefined))
  // SentencePiece has none.
  assert.equal(await json('llama2', 'anything'), await json('llama2', undefined))
})

test('what fills a vocabulary up is no token, another unused token is one', async () => {
  const { metadata } = await readGgufGolden('qwen2')
  const tokens = metadata[key('tokens')] as string[]
  const size = tokens.findIndex(token => token.startsWith('[PAD'))
  assert.ok(size > 256 && size < tokens.length)
  assert.equal(made(metadata).vocabSize, size)
  const reserved = made({ ...metadata, [key('tokens')]: tokens.with(size, '<reserved>') })
  assert.equal(reserved.vocabSize, size + 1)
  const padding = made({ ...metadata, [key('padding_token_id')]: size + 3 })
  assert.deepEqual([padding.padId, padding.vocabSize], [size + 3, size + 4])
  const types = metadata[key('token_type')] as number[]
  assert.equal(made({ ...metadata, [key('token_type')]: types.with(size, 1) }).vocabSize, size + 1)
})

const bytes = (pre: string, tokens: string[], merges: string[]) =>
  made({ [key('model')]: 'gpt2', [key('pre')]: pre, [key('tokens')]: tokens, [key('merges')]: merges })

test('how many digits are a word', () => {
  const encoded = (pre: string) =>
    ids(bytes(pre, ['1', '11', '111', '1111'], ['1 1', '11 1', '11 11']).encode('1111')).map(id => id + 1)
  assert.deepEqual(encoded('gpt-2'), [4])
  assert.deepEqual(encoded('llama-bpe'), [3, 1])
  for (const pre of ['smollm', 'qwen2']) assert.deepEqual(encoded(pre), [1, 1, 1, 1])
})

test("Llama 3's words that are tokens need no merges", () => {
  const encoded = (pre: string) => ids(bytes(pre, ['a', 'b', 'abb'], []).encode('abb'))
  assert.deepEqual(encoded('llama-bpe'), [2])
  for (const pre of ['gpt-2', 'smollm', 'qwen2']) assert.deepEqual(encoded(pre), [0, 1, 1])
})

/** SentencePiece's vocabulary of these tokens after an unknown one. */
const small = (tokens: readonly string[], changes: MetadataValues = {}) => ({
  [key('model')]: 'llama',
  [key('tokens')]: ['<unk>', ...tokens],
  [key('token_type')]: [2, ...tokens.map(() => 1)],
  [key('scores')]: [0, ...tokens.map((_, i) => -i)],
  [key('add_space_prefix')]: false,
  ...Object.fromEntries(Object.entries(changes).map(([name, value]) => [key(name), value])),
})

test('tokens may be called anything', () => {
  const tokens = ['__proto__', 'constructor', '2', '', '"', '\\', 'a', '_']
  const tokenizer = made(small(tokens, { merges: [] }))
  assert.equal(tokenizer.vocabSize, tokens.length + 1)
  for (const [i, token] of tokens.entries()) assert.equal(tokenizer.decode([i + 1]), token)
  assert.deepEqual(ids(tokenizer.encode('2"a')), [3, 5, 7])
})

test('a file without types has plain tokens, and its unknown token by its id, once for what is unknown in a row', () => {
  const tokenizer = made(small(['a', 'b', 'ab'], { token_type: undefined, unknown_token_id: 0 }))
  assert.deepEqual(ids(tokenizer.encode('abxyb')), [3, 0, 2])
})

test('merges that a file lists go before those of scores', () => {
  const tokens = ['a', 'b', 'ab', 'ba', 'aba']
  assert.deepEqual(ids(made(small(tokens)).encode('aba')), [5])
  assert.deepEqual(ids(made(small(tokens, { merges: ['b a'] })).encode('aba')), [1, 4])
})

test('merges of scores: the best first; of equal ones that with the longest left token, in characters', () => {
  const joined = (tokens: string[], scored: Record<string, number>) =>
    mergesOfScores(
      tokens,
      Object.entries(scored).map(([token, score]) => ({ token, score })),
    ).map(merge => merge.join('+'))
  const tokens = ['a', 'b', 'ab', 'aa', 'aab', '👍', 'b👍', '👍b', '👍ab']
  assert.deepEqual(joined(tokens, { ab: -2, aa: -1, aab: -3 }), ['a+a', 'a+b', 'aa+b', 'a+ab'])
  assert.deepEqual(joined(tokens, { ab: 0, aab: 0, aa: 0 }), ['aa+b', 'a+ab', 'a+b', 'a+a'])
  // Two UTF-16 units are one character, and never halves.
  assert.deepEqual(joined(tokens, { aab: 0, '👍b': 0, '👍ab': 0 }), ['aa+b', 'a+ab', '👍+ab', '👍+b'])
  assert.deepEqual(joined(['a'], { a: 0 }), [])
  assert.deepEqual(joined([], {}), [])
})

test('merges of scores are all pairs that there are, over a thousand tokens', () => {
  const letters = ['a', 'b', 'é', '👍']
  let tokens = ['']
  for (let length = 1; length <= 5; length++)
    tokens = [...tokens, ...tokens.flatMap(token => letters.map(l => l + token))]
  const some = [...new Set(tokens)].filter((token, i) => token.length > 0 && i % 3 !== 1)
  assert.ok(some.length > 800)
  const known = new Set(some)
  const pairs = some.flatMap(token =>
    Array.from({ length: token.length }, (_, i) => [token.slice(0, i), token.slice(i)] as const)
      .filter(([left, right]) => known.has(left) && known.has(right))
      .toReversed(),
  )
  assert.deepEqual(
    mergesOfScores(
      some,
      some.map((token, i) => ({ token, score: -i })),
    ),
    pairs,
  )
})

test('a template that has a name is none of the file', async () => {
  const metadata = { ...(await changed('gpt2', {})), 'tokenizer.chat_template.tool_use': '{{ x }}' }
  assert.equal('chatTemplate' in sourcesOf(metadata), false)
})

test('added tokens are control, unknown and user-defined ones; only the last are no special ones', async () => {
  const { metadata } = await readGgufGolden('gemma3')
  const added = sourcesOf(metadata).tokenizer.added_tokens as JsonObject[]
  const special = (content: string) => added.find(token => token.content === content)?.special
  const contents = ['<bos>', '<unk>', '<start_of_turn>', '\n\n', '<b>', '  ', '\u2581\u2581', '<0x41>']
  assert.deepEqual(contents.map(special), [true, true, true, false, false, undefined, undefined, undefined])
})
