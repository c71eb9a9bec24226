// Tokenizers of the two models, written from the grammar: words, and the morphemes of which they are made.
import { join } from 'node:path'
import { writeAtomic } from '../../files/atomic.js'
import type { JsonObject } from '../../files/json-object.js'
import { plain } from '../../prompt/templates/plain.js'
import { piecesOf } from '../world/grammar.js'
import { languages } from '../world/languages/index.js'

const worldPieces = Object.values(languages).flatMap(piecesOf)

/** What the prompts of synthesis are made of; the decoder reads them, the encoder never does. */
export const templateWords = [
  ...new Set(Object.values(plain).flatMap(({ before, after }) => `${before} ${after}`.trim().split(/\s+/))),
]

/** Stands between the two sides of a translation. */
export const equals = '='

/** In the order of their ids, from 0. */
export const decoderSpecials = ['<pad>', '<eos>', '<bos>', '<unk>'] as const
export const encoderSpecials = ['[PAD]', '[CLS]', '[SEP]', '[UNK]', '[MASK]'] as const

export const decoderVocabulary: readonly string[] = [
  ...new Set([...decoderSpecials, equals, ...templateWords, ...worldPieces]),
]
export const encoderVocabulary: readonly string[] = [...new Set([...encoderSpecials, ...worldPieces])]

/** Puts the decoder's tokenizer beside its weights. */
export async function writeDecoderTokenizer(folder: string): Promise<void> {
  const tokenizer = wordPieces(decoderVocabulary, decoderSpecials, {
    unknown: '<unk>',
    around: [{ SpecialToken: { id: '<bos>', type_id: 0 } }, sentence],
  })
  const names = { bos_token: '<bos>', eos_token: '<eos>', pad_token: '<pad>', unk_token: '<unk>' }
  await write(folder, tokenizer, names)
}

/** The same for the encoder. */
export async function writeEncoderTokenizer(folder: string): Promise<void> {
  const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } })
  const tokenizer = wordPieces(encoderVocabulary, encoderSpecials, {
    unknown: '[UNK]',
    around: [special('[CLS]'), sentence, special('[SEP]')],
  })
  const names = { cls_token: '[CLS]', sep_token: '[SEP]', pad_token: '[PAD]', unk_token: '[UNK]', mask_token: '[MASK]' }
  await write(folder, tokenizer, names)
}

const sentence = { Sequence: { id: 'A', type_id: 0 } }

function wordPieces(
  vocabulary: readonly string[],
  specials: readonly string[],
  { unknown, around }: { unknown: string; around: readonly JsonObject[] },
): JsonObject {
  const idOf = (token: string) => vocabulary.indexOf(token)
  return {
    // Python's library wants every field.
    added_tokens: specials.map(content => ({
      ...{ id: idOf(content), content, single_word: false, lstrip: false, rstrip: false, normalized: false },
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: {
      type: 'TemplateProcessing',
      single: around,
      pair: [],
      special_tokens: Object.fromEntries(specials.map(id => [id, { id, ids: [idOf(id)], tokens: [id] }])),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
    model: {
      type: 'WordPiece',
      unk_token: unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    },
  }
}

async function write(folder: string, tokenizer: JsonObject, names: JsonObject): Promise<void> {
  await writeAtomic(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
  await writeAtomic(
    join(folder, 'tokenizer_config.json'),
    JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast', ...names }),
  )
}
