// Sentences of two small languages, word by word alike, and a model of 200,000 parameters that can learn them.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { plain } from '#xling/prompt/templates/plain'

const nouns = ['dog cat bird fish horse goat'.split(' '), 'koru miva tepo sani lodu beka'.split(' ')] as const
const verbs = ['sees hears finds feeds'.split(' '), 'nami vosa rilu depa'.split(' ')] as const
const places = ['here there'.split(' '), 'uno ado'.split(' ')] as const

export interface Pair {
  readonly anchor: string
  readonly entailed: string
  readonly contradicted: string
}

/** Every sentence: what follows from it is that it is so, what contradicts it that it is so elsewhere. */
export const pairs: readonly Pair[] = nouns[0].flatMap((_, subject) =>
  verbs[0].flatMap((_, verb) =>
    places[0].map((_, place) => {
      const sentence = (language: 0 | 1, where: number) =>
        [nouns[language][subject], verbs[language][verb], places[language][where]].join(' ')
      return { anchor: sentence(1, place), entailed: sentence(0, place), contradicted: sentence(0, 1 - place) }
    }),
  ),
)

const specials = ['<pad>', '<s>', '</s>', '<mask>']
const templateWords = Object.values(plain).flatMap(({ before, after }) => `${before} ${after}`.trim().split(/\s+/))
const words = [...new Set([...specials, ...templateWords, ...[nouns, verbs, places].flat(2)])]

/** A llama of two blocks, about 200,000 parameters. */
export const config = {
  model_type: 'llama',
  vocab_size: words.length,
  hidden_size: 96,
  intermediate_size: 192,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  max_position_embeddings: 64,
  bos_token_id: 1,
  eos_token_id: 2,
  initializer_range: 0.1,
}

/** A BERT of two blocks, about as large. */
export const encoderConfig = {
  model_type: 'bert',
  vocab_size: words.length,
  hidden_size: 96,
  intermediate_size: 192,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  max_position_embeddings: 64,
  initializer_range: 0.1,
}

/** Puts a tokenizer of whole words beside a saved model. */
export async function writeTokenizer(folder: string): Promise<void> {
  const tokenizer = {
    added_tokens: specials.map((content, id) => ({ id, content, special: true })),
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    },
    decoder: null,
    model: { type: 'WordLevel', vocab: Object.fromEntries(words.map((word, id) => [word, id])), unk_token: '<pad>' },
  }
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
  const named = { bos_token: '<s>', eos_token: '</s>', pad_token: '<pad>', mask_token: '<mask>' }
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(named))
}

/**
 * Sentences of both languages, and the share of subject, verb and place that they have in common: of some of
 * {@link pairs} by their places, each with each, in the form of SemRel2024.
 */
export async function writeScored(file: string, some: readonly number[]): Promise<void> {
  const meaning = (i: number) => [Math.floor(i / 8), Math.floor(i / 2) % 4, i % 2]
  const lines = some.flatMap(a =>
    some.map(b => {
      const shared = meaning(a).filter((slot, at) => slot === meaning(b)[at]).length
      return `${a}-${b},"${pairs[a]?.anchor}\n${pairs[b]?.entailed}",${(shared / 3).toFixed(2)}`
    }),
  )
  await writeFile(file, `${['PairID,Text,Score', ...lines].join('\n')}\n`)
}

export async function writeCsv(file: string, columns: readonly [string, string], of: (pair: Pair) => string) {
  const lines = pairs.map(pair => `"${pair.anchor}","${of(pair)}"`)
  await writeFile(file, `${[columns.join(','), ...lines].join('\n')}\n`)
}
