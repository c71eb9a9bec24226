// Normalizers, pre-tokenizers, models and decoders, each alone, against Python.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decoderAt } from '#xling/tokenizer/decoders'
import type { JsonObject } from '#xling/tokenizer/json-fields'
import { TokenModel } from '#xling/tokenizer/model'
import { normalizerAt } from '#xling/tokenizer/normalizers'
import { preTokenizerAt } from '#xling/tokenizer/pre-tokenizers'
import { readGolden } from '../golden/tokenizer/golden.js'

interface PartsGolden {
  texts: string[]
  tokens: string[][]
  pre_tokenizers: { part: object; out: string[][] }[]
  normalizers: { part: object; out: string[] }[]
  models: { part: JsonObject; texts: string[]; out: number[][] }[]
  decoders: { part: object; out: string[] }[]
}

test("pre-tokenizers cut where Python's do", async () => {
  const { texts, pre_tokenizers } = await readGolden<PartsGolden>('parts')
  for (const { part, out } of pre_tokenizers) {
    const preTokenize = preTokenizerAt(part, 'pre_tokenizer')
    // The library never gives a pre-tokenizer an empty text.
    for (const [i, text] of texts.entries())
      if (text !== '') {
        const pieces = preTokenize(text, true)
        assert.deepEqual(pieces, out[i], `${JSON.stringify(part)} of ${JSON.stringify(text)}`)
      }
  }
})

test("normalizers change what Python's do", async () => {
  const { texts, normalizers } = await readGolden<PartsGolden>('parts')
  for (const { part, out } of normalizers) {
    const normalize = normalizerAt(part, 'normalizer')
    assert.deepEqual(texts.map(normalize), out, JSON.stringify(part))
  }
})

test("models find Python's ids", async () => {
  const { models } = await readGolden<PartsGolden>('parts')
  for (const { part, texts, out } of models) {
    const model = new TokenModel(part, 'model')
    // Twice: the second time words are remembered.
    for (const [i, text] of [...texts, ...texts].entries()) {
      const ids: number[] = []
      model.encode(text, ids)
      assert.deepEqual(ids, out[i % out.length], `${JSON.stringify({ ...part, vocab: '' })} of '${text}'`)
    }
  }
})

test("decoders write what Python's do", async () => {
  const { tokens, decoders } = await readGolden<PartsGolden>('parts')
  for (const { part, out } of decoders) {
    const decode = decoderAt(part, 'decoder')
    const written = tokens.map(decode)
    assert.deepEqual(written, out, JSON.stringify(part))
  }
})

test('punctuation may stay with the word before or after it', () => {
  const cut = (behavior: string) =>
    preTokenizerAt({ type: 'Punctuation', behavior }, 'pre_tokenizer')('(ko), ra.', true)
  assert.deepEqual(cut('MergedWithPrevious'), ['(', 'ko)', ',', ' ra.'])
  assert.deepEqual(cut('MergedWithNext'), ['(ko', ')', ', ra', '.'])
})

test('a text of no declared part stays what it is', () => {
  assert.equal(normalizerAt(null, 'normalizer')(' A '), ' A ')
  assert.deepEqual(preTokenizerAt(undefined, 'pre_tokenizer')(' a b', true), [' a b'])
  assert.equal(decoderAt(null, 'decoder')(['a', 'b']), 'a b')
})
