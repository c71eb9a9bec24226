// Text token by token is the text of all tokens, whatever the tokenizer puts between them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GrowingText } from '#xling/model/generate/growing-text'
import { Tokenizer } from '#xling/tokenizer/tokenizer'
import { type FamilyGolden, readGolden, sourcesOf } from '../golden/tokenizer/golden.js'

/** Whole words, joined by blanks, and a control token that has no text. */
const words = new Tokenizer({
  ...sourcesOf(await readGolden<FamilyGolden>('gemma')),
  tokenizer: {
    added_tokens: [{ id: 0, content: '<s>', special: true }],
    pre_tokenizer: { type: 'WhitespaceSplit' },
    decoder: null,
    model: { type: 'WordLevel', vocab: { '<s>': 0, dog: 1, sees: 2, here: 3 }, unk_token: '<s>' },
  },
})

function grown(tokenizer: Tokenizer, ids: readonly number[]): string {
  const text = new GrowingText(tokenizer, [])
  let parts = ''
  for (const id of ids) {
    text.push(id)
    parts += text.takeGrowth()
  }
  parts += text.takeRest()
  assert.equal(parts, text.text)
  return parts
}

test('words that control tokens stand between keep their blanks', () => {
  for (const ids of [[1], [1, 2, 3], [0, 1, 2], [1, 0, 2], [1, 0, 0, 2, 0, 3], [0, 0], [1, 0], []])
    assert.equal(grown(words, ids), words.decode(ids), String(ids))
})

for (const family of ['gemma', 'llama3', 'chatml'])
  test(`${family}: any tokens in a row, control tokens among them, give the text of all`, async () => {
    const tokenizer = new Tokenizer(sourcesOf(await readGolden<FamilyGolden>(family)))
    let word = 1
    const next = () => {
      word = (Math.imul(word, 48271) >>> 0) % 0x7fffffff
      return word % tokenizer.vocabSize
    }
    for (let run = 0; run < 300; run += 1) {
      const ids = Array.from({ length: 1 + (run % 9) }, next)
      assert.equal(grown(tokenizer, ids), tokenizer.decode(ids), String(ids))
    }
  })
