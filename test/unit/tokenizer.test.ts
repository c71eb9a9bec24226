// Text to ids and back, against Python.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#xling/tokenizer/json-fields'
import { Tokenizer } from '#xling/tokenizer/tokenizer'
import { type FamilyGolden, families, readGolden, sourcesOf } from '../golden/tokenizer/golden.js'

const open = async (family: string) => {
  const golden = await readGolden<FamilyGolden>(family)
  return { golden, tokenizer: new Tokenizer(sourcesOf(golden)) }
}

const ids = (array: Int32Array) => Array.from(array)

// Python puts BOS before a parsed BOS; here it is put once.
const withOneBos = (wanted: readonly number[], bos: number | undefined) =>
  wanted[0] === bos && wanted[1] === bos ? wanted.slice(1) : wanted

for (const family of families) {
  test(`${family}: encode gives Python's ids`, async () => {
    const { golden, tokenizer } = await open(family)
    for (const { text, plain, added, parsed, both } of golden.texts) {
      const what = JSON.stringify(text)
      const encoded = (options: object) => ids(tokenizer.encode(text, options))
      assert.deepEqual(encoded({ addSpecial: false }), plain, `${what}, neither added nor parsed`)
      assert.deepEqual(encoded({}), added, `${what}, added`)
      assert.deepEqual(encoded({ addSpecial: false, parseSpecial: true }), parsed, `${what}, parsed`)
      assert.deepEqual(encoded({ parseSpecial: true }), withOneBos(both, tokenizer.bosId), `${what}, added and parsed`)
    }
  })

  test(`${family}: decode gives Python's text`, async () => {
    const { golden, tokenizer } = await open(family)
    for (const { parsed, skipped, decoded } of golden.texts) {
      assert.equal(tokenizer.decode(parsed), skipped)
      assert.equal(tokenizer.decode(Int32Array.from(parsed), { skipSpecial: false }), decoded)
    }
    for (const { ids, text } of golden.decodes) assert.equal(tokenizer.decode(ids), text, `[${ids}]`)
  })

  test(`${family}: encodeBatch is encode, one by one`, async () => {
    const { golden, tokenizer } = await open(family)
    const texts = golden.texts.map(({ text }) => text)
    const packed = tokenizer.encodeBatch(texts)
    assert.equal(packed.offsets.length, texts.length + 1)
    assert.deepEqual([packed.offsets[0], packed.offsets.at(-1)], [0, packed.ids.length])
    for (const [row, text] of texts.entries())
      assert.deepEqual(packed.ids.slice(packed.offsets[row], packed.offsets[row + 1]), tokenizer.encode(text))
  })

  test(`${family}: what was encoded before does not matter`, async () => {
    const { golden, tokenizer } = await open(family)
    const again = [...golden.texts, ...golden.texts.toReversed()]
    for (const { text, added } of again) assert.deepEqual(ids(tokenizer.encode(text)), added)
  })
}

test('a model without a type, as older files have it, is known by its fields', async () => {
  for (const family of ['gemma', 'bert', 'xlmr']) {
    const { golden, tokenizer } = await open(family)
    const json = sourcesOf(golden).tokenizer
    const { type: _, ...model } = json.model as JsonObject
    const untyped = new Tokenizer(sourcesOf(golden, { tokenizer: { ...json, model } }))
    for (const { text } of golden.texts) assert.deepEqual(untyped.encode(text), tokenizer.encode(text))
  }
  const level = new Tokenizer({ from: 'level', tokenizer: { model: { vocab: { ko: 3 } } } })
  assert.deepEqual(ids(level.encode('ko')), [3])
})

test('nothing to encode', async () => {
  const { tokenizer } = await open('llama3')
  assert.deepEqual(tokenizer.encode('', { addSpecial: false }), new Int32Array(0))
  assert.deepEqual(tokenizer.encodeBatch([]), { ids: new Int32Array(0), offsets: new Int32Array([0]) })
  assert.equal(tokenizer.decode([]), '')
  const wordPiece = (await open('bert')).tokenizer
  assert.deepEqual(ids(wordPiece.encodeBatch(['', ' ']).offsets), [0, 2, 4])
})

test('a word is as fast as its pairs, not as its length: long text without a space', async () => {
  const { tokenizer } = await open('gemma')
  const word = 'bakuko'.repeat(20000)
  assert.equal(tokenizer.decode(tokenizer.encode(word)), word)
})

test('half of a surrogate pair is encoded as the replacement character', async () => {
  for (const family of families) {
    const { tokenizer } = await open(family)
    assert.deepEqual(tokenizer.encode('ko\ud83d ko\udc4d'), tokenizer.encode('ko\ufffd ko\ufffd'))
  }
  const level = new Tokenizer({ from: 'level', tokenizer: { model: { type: 'WordLevel', vocab: { '\ufffd': 3 } } } })
  assert.deepEqual(ids(level.encode('\udc4d')), [3])
})

test('a vocabulary may be padded: ids beyond it are left out', async () => {
  for (const family of families) {
    const { tokenizer } = await open(family)
    const encoded = ids(tokenizer.encode('Lako bashi'))
    const beyond = [tokenizer.vocabSize, tokenizer.vocabSize + 1000, 2 ** 31 - 1]
    assert.equal(tokenizer.decode([...beyond, ...encoded, ...beyond]), tokenizer.decode(encoded))
    assert.equal(tokenizer.decode(beyond, { skipSpecial: false }), '')
  }
})

const ofModel = (model: object, others: object = {}) =>
  new Tokenizer({ from: 'small', tokenizer: { model, ...others } })

test('unknown characters are one token within a word, not over its end', () => {
  const model = { type: 'BPE', vocab: { '?': 0, a: 1 }, merges: [], unk_token: '?', fuse_unk: true }
  const words = ofModel(model, { pre_tokenizer: { type: 'WhitespaceSplit' } })
  assert.deepEqual(ids(words.encode('xyz xy axy')), [0, 0, 1, 0])
})

test('a piece that Unigram lacks is its bytes, where it falls back to them and has them all', () => {
  const pieces = ['?', 'a', '<0xC3>', '<0xA9>'].map(piece => [piece, -1])
  const model = { type: 'Unigram', vocab: pieces, unk_id: 0, byte_fallback: true }
  assert.deepEqual(ids(ofModel(model).encode('aéa')), [1, 2, 3, 1])
  assert.deepEqual(ids(ofModel(model).encode('aèa')), [1, 0, 1])
  assert.deepEqual(ids(ofModel({ ...model, byte_fallback: false }).encode('aéa')), [1, 0, 1])
})
