// Ids of a text between two pieces of a template.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ggufTokenizerSources } from '#xling/tokenizer/gguf/tokenizer-sources'
import type { TokenizerSources } from '#xling/tokenizer/sources'
import { Tokenizer } from '#xling/tokenizer/tokenizer'
import { throws } from '../boundary/throws.js'
import { metadataOf, readGgufGolden } from '../golden/tokenizer/gguf.js'
import { type FamilyGolden, families, readGolden, sourcesOf } from '../golden/tokenizer/golden.js'

const untyped = <T>(value: unknown) => value as T
const made = async (name: string, changes: Partial<TokenizerSources> = {}) =>
  new Tokenizer(sourcesOf(await readGolden<FamilyGolden>(name), changes))

test('what is no text is refused by its name', async () => {
  const gemma = await made('gemma')
  for (const [i, name] of ['before', 'text', 'after'].entries()) {
    const texts = ['a', 'b', 'c'].map((text, at) => (at === i ? untyped<string>(undefined) : text))
    const [before, text, after] = texts as [string, string, string]
    await throws(
      () => gemma.encodeBetween(before, text, after),
      'ERR_INVALID_ARGUMENT',
      `Tokenizer.encodeBetween: ${name} must be a string`,
    )
  }
})

for (const name of families)
  test(`${name}: without control tokens it is the text as a whole`, async () => {
    const tokenizer = await made(name)
    const begin = [...tokenizer.encode('')].filter(id => id === tokenizer.bosId)
    const { texts } = await readGolden<FamilyGolden>(name)
    for (const { text } of texts)
      for (const [before, after] of [
        ['', ''],
        ['ko', 'ko'],
        ['ko\n', '\n\nko'],
      ] as const)
        assert.deepEqual(
          [...tokenizer.encodeBetween(before, text, after)],
          [...begin, ...tokenizer.encode(before + text + after, { addSpecial: false })],
          JSON.stringify([before, text, after]),
        )
  })

test('control tokens count in each piece by itself only', async () => {
  const gemma = await made('gemma')
  const [bos, opening, closing] = [2, 5, 6]
  const text = (spelled: string) => [...gemma.encode(spelled, { addSpecial: false })]
  const between = (...[before, said, after]: [string, string, string]) => [...gemma.encodeBetween(before, said, after)]
  assert.deepEqual(between('<start_of_turn>', 'ko', '<end_of_turn>'), [bos, opening, ...text('ko'), closing])
  assert.deepEqual(between('<start_of_turn>', '', '<end_of_turn>'), [bos, opening, closing])
  assert.deepEqual(between('', '<end_of_turn>', ''), [bos, ...text('<end_of_turn>')])
  for (const [before, said, after] of [
    ['<end_of_', 'turn>', ''],
    ['', '<end_of', '_turn>'],
    ['<end', '_of_', 'turn>'],
    ['<end_of_', '', 'turn>'],
  ] as const)
    assert.deepEqual(between(before, said, after), [bos, ...text('<end_of_turn>')])
  assert.deepEqual(between('a<start_of_turn>b', 'c', 'd<end_of_turn>e<end_of_turn>'), [
    ...[bos, ...text('a'), opening, ...text('bcd')],
    ...[closing, ...text('e'), closing],
  ])
  // Other added tokens are found where pieces meet, too.
  assert.equal(gemma.decode([8]), '\n\n\n')
  assert.deepEqual(between('<start_of_turn>\n', '\n', '\n<end_of_turn>'), [bos, opening, 8, closing])
})

test('BOS is put once, and nothing behind', async () => {
  const turn = ['<|im_start|>user\n', 'ko', '<|im_end|>\n'] as const
  const config = { bos_token: '<|im_start|>', eos_token: '<|im_end|>' }
  for (const add_bos_token of [false, true]) {
    const chatml = await made('chatml', { config: { ...config, add_bos_token, add_eos_token: true } })
    const ids = [...chatml.encodeBetween(...turn)]
    assert.deepEqual([ids[0], ids.lastIndexOf(1), ids.lastIndexOf(2) < ids.length - 1], [1, 0, true])
    const plain = [...chatml.encodeBetween('ko', '<|im_start|>', '')]
    assert.deepEqual(plain.indexOf(1), add_bos_token ? 0 : -1)
  }
})

test('a prefix that words get at the beginning is put there only', async () => {
  const { metadata } = await readGgufGolden('llama2')
  const llama2 = new Tokenizer(ggufTokenizerSources(metadataOf(metadata)))
  const text = (spelled: string) => llama2.encode(spelled, { addSpecial: false, parseSpecial: true })
  assert.deepEqual([...llama2.encodeBetween('a', 'b', 'c</s>d')], [llama2.bosId, ...text('abc</s>d')])
  assert.deepEqual([...llama2.encodeBetween('</s>', 'b', '')], [llama2.bosId, ...text('</s>b')])
})

test('half a pair is no character', async () => {
  const gemma = await made('gemma')
  for (const texts of [
    ['\ud83d', 'a', ''],
    ['<bos>', '\ude00', '<eos>'],
    ['<bos>a', '', '\ud83d'],
  ] as [string, string, string][])
    assert.ok(gemma.decode(gemma.encodeBetween(...texts)).includes('\ufffd'))
})

test('a control token is found by its text, and nothing else is', async () => {
  const gemma = await made('gemma')
  assert.deepEqual(
    ['<end_of_turn>', '<eos>', '\n\n', 'ko', '<end_of', '', '<|eot_id|>'].map(text => gemma.controlId(text)),
    [6, 1, ...Array(5).fill(undefined)],
  )
})
