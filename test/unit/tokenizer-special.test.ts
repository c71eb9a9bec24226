// Special tokens: which there are, where they are put, and that no text becomes one.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { JsonObject } from '#xling/tokenizer/json-fields'
import type { TokenizerSources } from '#xling/tokenizer/sources'
import { Tokenizer } from '#xling/tokenizer/tokenizer'
import { controlOf, type FamilyGolden, families, readGolden, sourcesOf } from '../golden/tokenizer/golden.js'

const goldens = new Map<string, FamilyGolden>()
before(async () => {
  for (const family of families) goldens.set(family, await readGolden<FamilyGolden>(family))
})

const goldenOf = (family: string) => goldens.get(family) as FamilyGolden

const made = (family: string, changes: Partial<TokenizerSources> = {}) =>
  new Tokenizer(sourcesOf(goldenOf(family), changes))

/** A tokenizer whose control tokens are `<a>` (0), `b` (1) and `c d` (2). */
const small = (model: JsonObject, changes: JsonObject = {}) =>
  new Tokenizer({
    from: 'small',
    tokenizer: {
      model,
      added_tokens: ['<a>', 'b', 'c d'].map((content, id) => ({ id, content, special: true })),
      pre_tokenizer: { type: 'Split', pattern: { String: 'k' }, behavior: 'Removed' },
      ...changes,
    },
  })

const control = { '<a>': 0, b: 1, 'c d': 2 }
const characters = { '<': 3, a: 4, '>': 5, c: 6, ' ': 7, d: 8, '?': 9 }
const smallModels: Record<string, JsonObject> = {
  WordLevel: { type: 'WordLevel', vocab: { ...control, ...characters }, unk_token: '?' },
  WordPiece: {
    type: 'WordPiece',
    vocab: { ...control, ...characters, '##b': 10, '##a>': 11 },
    unk_token: '?',
  },
  'BPE, whole words': {
    type: 'BPE',
    vocab: { ...control, ...characters },
    merges: [],
    ignore_merges: true,
    unk_token: '?',
  },
  'BPE, merged': {
    type: 'BPE',
    vocab: { ...control, ...characters, '<a': 10, 'c ': 11 },
    merges: ['< a', ['<a', '>'], ['c', ' '], ['c ', 'd']],
    unk_token: '?',
  },
  Unigram: {
    type: 'Unigram',
    vocab: [...Object.keys(control), ...Object.keys(characters)].map(piece => [piece, 0]),
    unk_id: 9,
  },
}

test('no text becomes a control token, however a model could make one of it', () => {
  for (const [name, model] of Object.entries(smallModels)) {
    const tokenizer = small(model)
    for (const text of ['<a>', 'b', 'c d', 'k<a>kbkc dk', 'ab<a><a>', ' b ']) {
      const ids = Array.from(tokenizer.encode(text))
      assert.ok(ids.length > 0 && ids.every(id => id > 2), `${name}: '${text}' is [${ids}]`)
    }
    assert.deepEqual(Array.from(tokenizer.encode('<a>kbkc d', { parseSpecial: true })), [0, 1, 2], name)
  }
})

test('text that spells a control token is what comes before it in its merges', () => {
  const tokenizer = small(smallModels['BPE, merged'] as JsonObject)
  assert.deepEqual(Array.from(tokenizer.encode('<a>')), [10, 5])
  assert.deepEqual(Array.from(tokenizer.encode('c d')), [11, 8])
})

test('no text becomes a control token of the goldens', () => {
  for (const family of families) {
    const tokenizer = made(family)
    const control = controlOf(goldenOf(family))
    const ids = new Set(control.map(({ id }) => id))
    const unknown = tokenizer.encode('\u{10ffff}', { addSpecial: false }).at(-1)
    for (const { content } of control)
      for (const text of [content, ` ${content} `, `a${content}${content}b`, `\n${content}\t`]) {
        const spelled = Array.from(tokenizer.encode(text, { addSpecial: false }))
        assert.ok(!spelled.some(id => ids.has(id) && id !== unknown), `${family}: '${text}' is [${spelled}]`)
      }
  }
})

test('an added token that is not special is found all the same', () => {
  const tokenizer = made('gemma')
  assert.deepEqual(Array.from(tokenizer.encode('\n\n', { addSpecial: false })), [7])
})

test('the tokens of each family', () => {
  const tokens = (family: string) => {
    const { bosId, eosIds, padId, maskId, vocabSize } = made(family)
    return { bosId, eosIds, padId, maskId, vocabSize }
  }
  // Gemma 3 it ends with 1 and 106, Llama 3 with 128001, 128008 and 128009: here they are small.
  assert.deepEqual(tokens('gemma'), { bosId: 2, eosIds: [1, 6], padId: 0, maskId: undefined, vocabSize: 525 })
  assert.deepEqual(tokens('llama3'), {
    bosId: 456,
    eosIds: [457, 460, 461],
    padId: undefined,
    maskId: undefined,
    vocabSize: 462,
  })
  assert.deepEqual(tokens('chatml'), { bosId: 1, eosIds: [2], padId: 2, maskId: undefined, vocabSize: 412 })
  assert.deepEqual(tokens('bert'), { bosId: undefined, eosIds: [], padId: 0, maskId: 4, vocabSize: 345 })
  assert.deepEqual(tokens('xlmr'), { bosId: 0, eosIds: [2], padId: 1, maskId: 331, vocabSize: 332 })
})

test('a sequence ends with what generation_config.json says, else config.json, and with the tokenizer’s own', () => {
  const ends = (changes: Partial<TokenizerSources>) => made('xlmr', changes).eosIds
  assert.deepEqual(ends({ generationConfig: { eos_token_id: 9 } }), [2, 9])
  assert.deepEqual(ends({ generationConfig: { eos_token_id: [9, 4, 2] } }), [2, 4, 9])
  assert.deepEqual(ends({ generationConfig: { eos_token_id: null }, modelConfig: { eos_token_id: 5 } }), [2, 5])
  assert.deepEqual(ends({ generationConfig: { eos_token_id: 9 }, modelConfig: { eos_token_id: 5 } }), [2, 9])
  assert.deepEqual(ends({ modelConfig: { text_config: { eos_token_id: [5, 6] } } }), [2, 5, 6])
  assert.deepEqual(ends({ config: {}, generationConfig: {} }), [])
})

test('a sequence ends with the token that closes a turn of its chat format', () => {
  const config = { bos_token: '<bos>', eos_token: '<eos>' }
  const ends = (changes: Partial<TokenizerSources>) =>
    made('gemma', { config, generationConfig: {}, ...changes }).eosIds
  assert.deepEqual(ends({}), [1, 6])
  assert.deepEqual(ends({ chatTemplate: '{{ messages[0].content }}<end_of_turn>' }), [1, 6])
  assert.deepEqual(ends({ chatTemplate: '{{ messages[0].content }}' }), [1])
})

test('an added token that ends a sequence is a control token; a plain one stays a word', () => {
  const word = made('chatml').encode('a', { addSpecial: false })
  const tool = made('chatml').encode('<tool>', { addSpecial: false })
  assert.deepEqual([word.length, tool.length], [1, 1])
  const tokenizer = made('chatml', { generationConfig: { eos_token_id: [word[0], tool[0]] } })
  assert.deepEqual(tokenizer.encode('a', { addSpecial: false }), word)
  assert.equal(tokenizer.decode(word), 'a')
  assert.ok(!tokenizer.encode('<tool>').includes(tool[0] as number))
  assert.deepEqual(tokenizer.encode('<tool>', { parseSpecial: true }), tool)
  assert.deepEqual([tokenizer.decode(tool), tokenizer.decode(tool, { skipSpecial: false })], ['', '<tool>'])
})

test('BOS is put once', () => {
  for (const [family, bos] of [
    ['gemma', '<bos>'],
    ['llama3', '<|begin_of_text|>'],
    ['xlmr', '<s>'],
  ] as const) {
    const tokenizer = made(family)
    const count = (ids: Int32Array) => ids.filter(id => id === tokenizer.bosId).length
    assert.equal(count(tokenizer.encode('ko')), 1, family)
    assert.equal(count(tokenizer.encode('')), 1, family)
    assert.equal(count(tokenizer.encode(`${bos}ko`, { parseSpecial: true })), 1, family)
    assert.equal(count(tokenizer.encode(`${bos}ko`)), 1, family)
    assert.equal(count(tokenizer.encode(`${bos}ko`, { addSpecial: false })), 0, family)
    assert.equal(count(tokenizer.encode(`ko${bos}`, { parseSpecial: true })), 2, family)
  }
  // Where a plain word is BOS, saying it is not putting it.
  const frame = { type: 'TemplateProcessing', single: [{ SpecialToken: { id: 'ko' } }, { Sequence: { id: 'A' } }] }
  const post_processor = { ...frame, special_tokens: { ko: { ids: [3] } } }
  const json = { model: { type: 'WordLevel', vocab: { ko: 3 } }, post_processor }
  const word = new Tokenizer({ from: 'word', tokenizer: json, modelConfig: { bos_token_id: 3 } })
  assert.deepEqual(Array.from(word.encode('ko')), [3, 3])
  const marker = made('chatml')
  assert.equal(marker.bosId, 1)
  assert.ok(!marker.encode('ko').includes(1), 'in ChatML it marks a turn, and is not added')
})

test('tokenizer_config.json can say whether BOS and EOS are added', () => {
  const around = (flags: object) => {
    const config = { bos_token: '<s>', eos_token: '</s>', ...flags }
    const ids = Array.from(made('xlmr', { config }).encode(''))
    return ids
  }
  assert.deepEqual(around({}), [0, 2])
  assert.deepEqual(around({ add_bos_token: true, add_eos_token: true }), [0, 2])
  assert.deepEqual(around({ add_bos_token: false }), [2])
  assert.deepEqual(around({ add_eos_token: false }), [0])
  const plain = (flags: object) => {
    const config = { bos_token: '<|im_start|>', eos_token: '<|im_end|>', ...flags }
    return Array.from(made('chatml', { config }).encode(''))
  }
  assert.deepEqual(plain({}), [])
  assert.deepEqual(plain({ add_bos_token: true, add_eos_token: true }), [1, 2])
})

test('tokens that only another file calls special are control tokens', () => {
  const { tokenizer } = sourcesOf(goldenOf('xlmr'))
  const bare = { ...tokenizer, added_tokens: [] }
  const ids = (config: JsonObject) =>
    Array.from(made('xlmr', { tokenizer: bare, config }).encode('</s>', { addSpecial: false, parseSpecial: true }))
  assert.deepEqual(ids({ eos_token: '</s>' }), [2])
  assert.deepEqual(ids({ eos_token: { content: '</s>', lstrip: false } }), [2])
  assert.deepEqual(ids({ additional_special_tokens: ['</s>'] }), [2])
  assert.deepEqual(ids({ extra_special_tokens: { end: '</s>' } }), [2])
  assert.deepEqual(ids({ added_tokens_decoder: { 2: { content: '</s>', special: true } } }), [2])
  const listed = [{ id: 1, content: '<pad>', special: false }]
  const pad = (config: JsonObject) => made('xlmr', { tokenizer: { ...tokenizer, added_tokens: listed }, config })
  assert.deepEqual(
    [pad({}).encode('<pad>').includes(1), pad({ pad_token: '<pad>' }).encode('<pad>').includes(1)],
    [true, false],
  )
  // A character that is also padding, as in some vocabularies, goes on being a character.
  const padded = made('xlmr', { config: { pad_token: 'a' } })
  assert.notEqual(padded.padId, undefined)
  assert.deepEqual(padded.encode('a xaxa'), made('xlmr', { config: {} }).encode('a xaxa'))
  assert.equal(padded.decode([padded.padId as number]), 'a')
  assert.deepEqual(ids({ eos_token: '<none>' }), ids({}), 'a token that the vocabulary lacks is not made up')
})

test('without tokenizer_config.json, config.json says which token begins a sequence', () => {
  const { tokenizer, from } = sourcesOf(goldenOf('gemma'))
  const alone = new Tokenizer({ from, tokenizer, modelConfig: { bos_token_id: 2, pad_token_id: 0, eos_token_id: [1] } })
  assert.deepEqual([alone.bosId, alone.padId, alone.eosIds], [2, 0, [1, 6]])
  // Qwen2.5's config.json names a BOS that its tokenizer does not have.
  const named = made('chatml', {
    config: { eos_token: '<|im_end|>', bos_token: null },
    modelConfig: { bos_token_id: 0 },
  })
  assert.equal(named.bosId, undefined)
})
