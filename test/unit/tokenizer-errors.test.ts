// What is refused, and how: folders, files, fields, arguments.
import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { JsonObject } from '#xling/tokenizer/json-fields'
import { Tokenizer } from '#xling/tokenizer/tokenizer'
import { throws } from '../boundary/throws.js'
import { type FamilyGolden, readGolden, sourcesOf } from '../golden/tokenizer/golden.js'

// What a caller without types can pass.
const untyped = <T>(value: unknown) => value as T

let folder: string
let golden: FamilyGolden
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xling-tokenizer-'))
  golden = await readGolden<FamilyGolden>('gemma')
})
after(() => rm(folder, { recursive: true }))

/** A folder with these files. */
async function written(name: string, files: Record<string, string | object>): Promise<string> {
  const path = join(folder, name)
  await mkdir(path)
  for (const [file, content] of Object.entries(files))
    await writeFile(join(path, file), typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

test('a folder gives the tokenizer that its files make', async () => {
  const path = await written('whole', golden.files)
  const [read, made] = [await Tokenizer.fromFolder(path), new Tokenizer(sourcesOf(golden))]
  assert.deepEqual([read.bosId, read.eosIds, read.padId], [made.bosId, made.eosIds, made.padId])
  assert.deepEqual(read.encode('Lako bashi <bos>'), made.encode('Lako bashi <bos>'))
  // A byte order mark is no error: editors put it there.
  await writeFile(join(path, 'tokenizer_config.json'), `\ufeff${JSON.stringify(golden.files['tokenizer_config.json'])}`)
  assert.equal((await Tokenizer.fromFolder(path)).bosId, 2)
})

test('a folder without tokenizer.json is refused with the way to make one', async () => {
  const slow = await written('slow', { 'tokenizer.model': 'x', 'tokenizer_config.json': {} })
  for (const path of [slow, join(folder, 'nowhere')]) {
    await throws(() => Tokenizer.fromFolder(path), 'ERR_INVALID_TOKENIZER', `${path}: has no tokenizer.json`)
    await throws(() => Tokenizer.fromFolder(path), 'ERR_INVALID_TOKENIZER', `.save_pretrained('${path}')`)
  }
  await throws(() => Tokenizer.fromFolder(untyped(7)), 'ERR_INVALID_ARGUMENT', 'folder must be a string')
})

test('files that are no JSON, or no object, are named', async () => {
  const names = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'generation_config.json']
  for (const name of [...names, 'config.json', 'chat_template.json']) {
    const path = await written(`broken-${name}`, { ...golden.files, [name]: '{"a": ' })
    await throws(() => Tokenizer.fromFolder(path), 'ERR_INVALID_TOKENIZER', `${join(path, name)}: is no JSON`)
    await writeFile(join(path, name), '[1]')
    await throws(() => Tokenizer.fromFolder(path), 'ERR_INVALID_TOKENIZER', `${name}: must be an object, not an array`)
  }
  const path = await written('directory', golden.files)
  await mkdir(join(path, 'chat_template.jinja'))
  await throws(() => Tokenizer.fromFolder(path), 'ERR_FILE_FAILED', 'chat_template.jinja cannot be read')
})

test('the cause of a malformed file is kept', async () => {
  const path = join(folder, 'copied')
  await cp(await written('original', { 'tokenizer.json': 'no' }), path, { recursive: true })
  await assert.rejects(Tokenizer.fromFolder(path), (error: Error) => error.cause instanceof SyntaxError)
})

// A change to the parsed files, and what its error says.
type Broken = [change: (files: Record<string, JsonObject>) => object, found: string]

const inTokenizer = (fields: object, found: string): Broken => [
  files => ({ 'tokenizer.json': { ...files['tokenizer.json'], ...fields } }),
  `golden: tokenizer.json: ${found}`,
]

const inModel = (fields: object, found: string): Broken => [
  files => ({
    'tokenizer.json': {
      ...files['tokenizer.json'],
      model: { ...(files['tokenizer.json']?.model as object), ...fields },
    },
  }),
  `golden: tokenizer.json: ${found}`,
]

const part = (name: string, value: unknown, found: string) => inTokenizer({ [name]: value }, found)

const broken: Broken[] = [
  inTokenizer({ model: undefined }, 'model: must be an object, not undefined'),
  inTokenizer({ added_tokens: {} }, 'added_tokens: must be an array, not an object'),
  inTokenizer({ added_tokens: [{ id: 0, content: 7 }] }, 'added_tokens[0].content: must be a string, not 7'),
  inTokenizer({ added_tokens: [{ id: -1, content: 'x' }] }, 'added_tokens[0].id: must be a whole number from 0'),
  inTokenizer({ added_tokens: [{ id: 1, content: 'x', special: 'yes' }] }, 'added_tokens[0].special: must be true or'),
  inModel({ type: 'Markov' }, "model.type: xling has no 'Markov'; it has BPE, Unigram"),
  inModel({ vocab: 7 }, 'model.vocab: must be an object, not 7'),
  inModel({ unk_token: null, vocab: { a: 1.5 } }, "model.vocab['a']: must be a whole number from 0"),
  inModel({ unk_token: null, vocab: { a: 2 ** 31 } }, "model.vocab['a']: must be a whole number from 0"),
  inModel({ type: 'Unigram', vocab: [['a', 0], 'b'] }, 'model.vocab[1]: must be a token and its score'),
  inModel({ merges: 'a b' }, "model.merges: must be an array, not 'a b'"),
  inModel({ merges: ['a b c'] }, 'model.merges[0]: must be two tokens'),
  inModel({ merges: [['a', 7]] }, 'model.merges[0]: must be two tokens'),
  inModel({ merges: [['a', 'qqq']] }, "model.merges[0]: 'aqqq' is not in the vocabulary"),
  inModel({ unk_token: 'qqq' }, "model.unk_token: 'qqq' is not in the vocabulary"),
  inModel({ byte_fallback: 1 }, 'model.byte_fallback: must be true or false, not 1'),
  inModel({ continuing_subword_prefix: '##' }, 'model.continuing_subword_prefix: is there for WordPiece only'),
  inModel({ type: 'Unigram', vocab: [['a', 'b']] }, 'model.vocab[0]: must be a token and its score'),
  inModel({ type: 'Unigram', vocab: [['a', 0]], unk_id: 1 }, 'model.unk_id: is 1, but the vocabulary has 1 pieces'),
  inModel({ type: 'WordPiece', unk_token: null }, 'model.unk_token: is missing'),
  part('normalizer', { type: 'Magic' }, 'normalizer: cannot be used (Unknown Normalizer type: Magic)'),
  part('normalizer', { type: 'toString' }, 'normalizer: cannot be used (Unknown Normalizer type: toString)'),
  part('normalizer', { type: 'Replace', content: '' }, 'normalizer.pattern: must be an object'),
  part(
    'normalizer',
    { type: 'Sequence', normalizers: [{ type: 'Precompiled', precompiled_charsmap: 'AAAAAQ==' }] },
    'normalizer.normalizers[0].precompiled_charsmap: is damaged',
  ),
  part(
    'normalizer',
    { type: 'Precompiled', precompiled_charsmap: 'AAA=' },
    'normalizer.precompiled_charsmap: is damaged',
  ),
  part('pre_tokenizer', { type: 'Sequence' }, 'pre_tokenizer.pretokenizers: must be an array'),
  part(
    'pre_tokenizer',
    { type: 'Split', behavior: 'Isolated', pattern: { Regex: '(' } },
    'pre_tokenizer: cannot be used (Invalid regular expression',
  ),
  part(
    'pre_tokenizer',
    { type: 'Split', behavior: 'Torn', pattern: { String: 'a' } },
    "pre_tokenizer.behavior: there is no behaviour 'Torn'",
  ),
  part(
    'pre_tokenizer',
    { type: 'Split', behavior: 'MergedWithNext', pattern: { Regex: 'ab' } },
    "pre_tokenizer.behavior: 'MergedWithNext' is there for a pattern of one character only",
  ),
  part(
    'pre_tokenizer',
    { type: 'Metaspace', prepend_scheme: 'last' },
    "pre_tokenizer.prepend_scheme: must be 'always', 'first' or 'never', not 'last'",
  ),
  part('decoder', { type: 'Sequence', decoders: [7] }, 'decoder.decoders[0]: must be an object, not 7'),
  part('post_processor', { type: 'BertProcessing', cls: ['a', 1] }, 'post_processor: cannot be used ('),
  part(
    'post_processor',
    { type: 'TemplateProcessing', single: [] },
    'post_processor: must have one place for one text',
  ),
  part(
    'post_processor',
    { type: 'TemplateProcessing', single: [{ Sequence: { id: 'A' } }, { Sequence: { id: 'A' } }] },
    'post_processor: must have one place for one text',
  ),
  part(
    'post_processor',
    { type: 'TemplateProcessing', single: [{ SpecialToken: { id: 'x' } }, { Sequence: { id: 'A' } }] },
    "post_processor: adds 'x', which is no token",
  ),
  [
    () => ({ 'generation_config.json': { eos_token_id: [1, '2'] } }),
    'generation_config.json: eos_token_id[1]: must be',
  ],
  [() => ({ 'tokenizer_config.json': { chat_template: 7 } }), 'tokenizer_config.json: chat_template: must be a string'],
  [() => ({ 'tokenizer_config.json': { added_tokens_decoder: { x: {} } } }), 'added_tokens_decoder: must be a whole'],
]

test('a field that cannot be used is named, with its place', async () => {
  for (const [change, found] of broken) {
    const files = { ...golden.files, ...change(golden.files) } as Record<string, JsonObject>
    await throws(() => new Tokenizer(sourcesOf({ ...golden, files })), 'ERR_INVALID_TOKENIZER', found)
  }
})

test('a huge id costs no memory', () => {
  const huge = { id: 2 ** 31 - 1, content: '<x>', special: true }
  const tokenizer = new Tokenizer({
    from: 'huge',
    tokenizer: { model: { type: 'WordLevel', vocab: { a: 2 ** 31 - 2 }, unk_token: 'a' }, added_tokens: [huge] },
  })
  assert.equal(tokenizer.vocabSize, 2 ** 31)
  assert.equal(tokenizer.decode([2 ** 31 - 2, 2 ** 31 - 1], { skipSpecial: false }), 'a <x>')
})

test('a text that the model has no token for at all is refused', async () => {
  const bare = (model: JsonObject) => new Tokenizer({ from: 'bare', tokenizer: { model } })
  const level = bare({ type: 'WordLevel', vocab: { a: 0 } })
  await throws(() => level.encode('b'), 'ERR_INVALID_TOKENIZER', "has no unknown token, and no token for 'b'")
  const unigram = bare({ type: 'Unigram', vocab: [['a', -1]] })
  await throws(() => unigram.encode('ab'), 'ERR_INVALID_TOKENIZER', "has no unknown token, and no token for 'b'")
})

test('arguments that do not fit are refused', async () => {
  const tokenizer = new Tokenizer(sourcesOf(golden))
  const refused: [() => unknown, string][] = [
    [() => tokenizer.encode(untyped(7)), 'text must be a string'],
    [() => tokenizer.encode(untyped(undefined)), 'text must be a string'],
    [() => tokenizer.encode('a', untyped({ addSpecial: 1 })), 'addSpecial must be true or false'],
    [() => tokenizer.encode('a', untyped(null)), 'options must be an object'],
    [() => tokenizer.encodeBatch(untyped('a')), 'texts must be an array of strings'],
    [() => tokenizer.encodeBatch(['a', untyped(7)]), 'texts[1] must be a string'],
    [() => tokenizer.decode([1, -1]), 'ids[1] is -1, which is no token id'],
    [() => tokenizer.decode([1.5]), 'ids[0] is 1.5, which is no token id'],
    [() => tokenizer.decode(untyped(['1'])), 'ids[0] is 1, which is no token id'],
    [() => tokenizer.decode(untyped(7)), 'ids must be an array'],
    [() => tokenizer.decode([1], untyped({ skipSpecial: 'no' })), 'skipSpecial must be true or false'],
  ]
  for (const [call, found] of refused) await throws(call, 'ERR_INVALID_ARGUMENT', found)
  const unknown: [() => unknown, string][] = [
    [() => tokenizer.encode('a', untyped({ addSpecials: true })), "did you mean 'addSpecial'"],
    [() => tokenizer.decode([1], untyped({ skip: true })), "did you mean 'skipSpecial'"],
  ]
  for (const [call, found] of unknown) await throws(call, 'ERR_UNKNOWN_OPTION', found)
})
