// `tokenizer.ggml.pre`: how a byte-level vocabulary's text is normalized and cut into words, by the name that llama.cpp
// gives it. What a name stands for is what the tokenizer.json says of the models that have it.
import type { JsonObject } from '../json-fields.js'

export interface BytePreTokenizer {
  readonly normalizer: JsonObject | null
  readonly preTokenizer: JsonObject
  /** A word that is a token is that token, whatever the merges would make of it. */
  readonly ignoreMerges: boolean
  /** Whether BOS is added where the file does not say. */
  readonly addsBos: boolean
}

const bytes = (use_regex: boolean) => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex })

const sequence = (...pretokenizers: JsonObject[]) => ({ type: 'Sequence', pretokenizers })

const cutBy = (source: string) =>
  sequence({ type: 'Split', pattern: { Regex: source }, behavior: 'Isolated', invert: false }, bytes(false))

/** The pattern of Llama 3 and Qwen 2, which differ in how many digits stand together. */
const pattern = (digits: string) =>
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" +
  `${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`

const gpt2: BytePreTokenizer = {
  normalizer: null,
  preTokenizer: bytes(true),
  ignoreMerges: false,
  addsBos: false,
}

/** Each digit stands alone. */
const smollm: BytePreTokenizer = {
  ...gpt2,
  preTokenizer: sequence({ type: 'Digits', individual_digits: true }, bytes(true)),
}

const llama3: BytePreTokenizer = {
  normalizer: null,
  preTokenizer: cutBy(pattern('\\p{N}{1,3}')),
  ignoreMerges: true,
  addsBos: true,
}

const qwen2: BytePreTokenizer = {
  ...gpt2,
  normalizer: { type: 'NFC' },
  preTokenizer: cutBy(pattern('\\p{N}')),
}

/** Where a file has no name, or that of no model ('default'), it is GPT-2's, as in transformers. */
export const bytePreTokenizers: ReadonlyMap<string, BytePreTokenizer> = new Map([
  ['default', gpt2],
  ['gpt-2', gpt2],
  ['smollm', smollm],
  ['llama-bpe', llama3],
  ['llama3', llama3],
  ['llama-v3', llama3],
  ['qwen2', qwen2],
])
