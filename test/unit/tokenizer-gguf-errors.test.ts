// Vocabularies of GGUF files that are refused, and how.
import { test } from 'node:test'
import { ggufTokenizerSources } from '#xling/tokenizer/gguf/tokenizer-sources'
import { throws } from '../boundary/throws.js'
import { type MetadataValues, metadataOf } from '../golden/tokenizer/gguf.js'

const key = (name: string) => `tokenizer.ggml.${name}`

const bytes = {
  [key('model')]: 'gpt2',
  [key('tokens')]: ['<e>', 'a', 'b', 'ab'],
  [key('token_type')]: [3, 1, 1, 1],
  [key('merges')]: ['a b'],
}

const pieces = {
  [key('model')]: 'llama',
  [key('tokens')]: ['<unk>', '<s>', '</s>', 'a', '\u2581\u2581'],
  [key('token_type')]: [2, 3, 3, 1, 1],
  [key('scores')]: [0, 0, 0, -1, -2],
}

// A vocabulary, what is changed of it (undefined: left out), and what its error says.
type Broken = [vocabulary: MetadataValues, changes: Record<string, unknown>, found: string]

const broken: Broken[] = [
  [bytes, { model: undefined }, 'model: is missing; convert the model again'],
  [bytes, { model: 'bert' }, "model: xling reads no vocabulary of the kind 'bert'; it reads gpt2"],
  [bytes, { model: 't5' }, "no vocabulary of the kind 't5'"],
  [bytes, { model: 'rwkv' }, "no vocabulary of the kind 'rwkv'"],
  [bytes, { model: 'none' }, "no vocabulary of the kind 'none'"],
  [bytes, { model: 'constructor' }, "no vocabulary of the kind 'constructor'"],
  [bytes, { pre: 'tekken' }, "pre: xling has no pre-tokenizer 'tekken'; it has default, gpt-2, smollm, llama-bpe,"],
  [bytes, { tokens: undefined }, 'tokens: is missing'],
  [bytes, { tokens: [], token_type: [] }, 'tokens: is empty'],
  [bytes, { tokens: ['<e>', 'a', 'b', 'a'] }, "tokens[3]: is 'a', which stands at 1 already"],
  [bytes, { token_type: [3, 1, 1] }, 'token_type: has 3 values for 4 tokens'],
  [bytes, { token_type: [3, 1, 1, 1, 1] }, 'token_type: has 5 values for 4 tokens'],
  [bytes, { token_type: [3, 1, 7, 1] }, 'token_type[2]: is 7; types are 0 to 6'],
  [bytes, { token_type: [3, 1.5, 1, 1] }, 'token_type[1]: is 1.5; types are 0 to 6'],
  [bytes, { token_type: [3, 1, 1, -1] }, 'token_type[3]: is -1; types are 0 to 6'],
  [bytes, { merges: undefined }, 'merges: is missing'],
  [bytes, { merges: ['a b', 'ab'] }, "merges[1]: must be two tokens with a space between, not 'ab'"],
  [bytes, { merges: ['a '] }, "merges[0]: must be two tokens with a space between, not 'a '"],
  [bytes, { merges: [' a'] }, "merges[0]: must be two tokens with a space between, not ' a'"],
  [bytes, { merges: ['a b c'] }, "merges[0]: must be two tokens with a space between, not 'a b c'"],
  [bytes, { merges: ['x b'] }, "merges[0]: 'x' is not in the vocabulary"],
  [bytes, { merges: ['a x'] }, "merges[0]: 'x' is not in the vocabulary"],
  [bytes, { merges: ['a b', 'b a'] }, "merges[1]: 'ba' is not in the vocabulary"],
  [bytes, { bos_token_id: 4 }, 'bos_token_id: is 4, but the vocabulary has 4 tokens'],
  [bytes, { eos_token_id: -1 }, 'eos_token_id: is -1, but'],
  [bytes, { unknown_token_id: 1.5 }, 'unknown_token_id: is 1.5, but'],
  [bytes, { padding_token_id: 2 ** 32 - 1 }, 'padding_token_id: is 4294967295, but'],
  [bytes, { seperator_token_id: 9 }, 'seperator_token_id: is 9, but'],
  [bytes, { separator_token_id: 9 }, 'separator_token_id: is 9, but'],
  [bytes, { cls_token_id: 9 }, 'cls_token_id: is 9, but'],
  [bytes, { mask_token_id: 9 }, 'mask_token_id: is 9, but'],
  [bytes, { eot_token_id: 9 }, 'eot_token_id: is 9, but'],
  [bytes, { eom_token_id: 9 }, 'eom_token_id: is 9, but'],
  [bytes, { add_bos_token: true }, 'add_bos_token: is true, but tokenizer.ggml.bos_token_id is missing'],
  [bytes, { add_eos_token: true }, 'add_eos_token: is true, but tokenizer.ggml.eos_token_id is missing'],
  [pieces, { scores: undefined }, 'scores: is missing'],
  [pieces, { scores: [0, 0, 0, -1] }, 'scores: has 4 values for 5 tokens'],
  [pieces, { scores: [0, 0, 0, Number.NaN, -2] }, 'scores[3]: is no number'],
  // Written with spaces, it is the same token.
  [
    pieces,
    { tokens: ['<unk>', '<s>', '</s>', '  ', '\u2581\u2581'], token_type: [2, 3, 3, 4, 1] },
    "tokens[4]: is '\u2581\u2581', which stands at 3 already",
  ],
]

test('a vocabulary that cannot be used is refused, with the file, the key and what is wrong', async () => {
  for (const [vocabulary, changes, found] of broken) {
    const values = { ...vocabulary }
    for (const [name, value] of Object.entries(changes)) values[key(name)] = value
    await throws(
      () => ggufTokenizerSources(metadataOf(values)),
      'ERR_INVALID_TOKENIZER',
      found.startsWith('no ') ? found : `small.gguf: tokenizer.ggml.${found}`,
    )
  }
})

test('what is refused when it is changed is taken as it is', () => {
  for (const vocabulary of [bytes, pieces]) ggufTokenizerSources(metadataOf(vocabulary))
})

test('a key of another type is the file\u2019s fault', async () => {
  const wrong: [vocabulary: MetadataValues, name: string, value: unknown][] = [
    [bytes, key('model'), 7],
    [bytes, key('pre'), 7],
    [bytes, key('tokens'), [1, 2]],
    [bytes, key('token_type'), 'x'],
    [bytes, key('merges'), [7]],
    [bytes, key('eos_token_id'), '2'],
    [bytes, key('add_bos_token'), 1],
    [bytes, 'tokenizer.chat_template', 7],
    [pieces, key('scores'), ['a']],
    [pieces, key('add_space_prefix'), 1],
  ]
  for (const [vocabulary, name, value] of wrong)
    await throws(() => ggufTokenizerSources(metadataOf({ ...vocabulary, [name]: value })), 'ERR_MALFORMED_FILE', name)
})
