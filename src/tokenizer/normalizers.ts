// Normalizers: what a text becomes before it is cut into words.
import { type Amendments, stepsAt } from './declared.js'
import { type JsonObject, stringAt } from './json-fields.js'
import { library } from './library.js'
import { replaceAt } from './pattern.js'
import { precompiled } from './precompiled.js'
import { leadingWhitespace, trailingWhitespace } from './unicode.js'

export type Normalizer = (text: string) => string

const replace = (source: string, content: string) => ({ type: 'Replace', pattern: { Regex: source }, content })

// JavaScript makes a sigma at the end of a word ς, Rust makes any σ.
const sigma = replace('Σ', 'σ')

const amendments: Amendments<Normalizer> = {
  // The library does not see that ideographs beyond U+FFFF are words.
  BertNormalizer: config => [
    ...((config.handle_chinese_chars ?? true) ? [replace('[\\x{20000}-\\x{2CEAF}\\x{2F800}-\\x{2FA1F}]', ' $& ')] : []),
    ...((config.lowercase ?? true) ? [sigma] : []),
    { clean_text: true, handle_chinese_chars: true, lowercase: true, ...config },
  ],
  Lowercase: config => [sigma, config],
  // Unknown to the library: SentencePiece's normalisation for machine translation, without its NFKC.
  Nmt: () => [
    replace('[\\x01-\\x08\\x0B\\x0E-\\x1F\\x7F\\x8F\\x9F]', ''),
    replace('[\\t\\n\\f\\r\\u1680\\u200B-\\u200F\\u2028\\u2029\\u2581\\uFEFF\\uFFFD]', ' '),
  ],
  // The library does not read the rules: it does NFKC.
  Precompiled: (config, where) => {
    const at = `${where}.precompiled_charsmap`
    return [precompiled(stringAt(config.precompiled_charsmap ?? '', at), at)]
  },
  // Python leaves an empty text empty.
  Prepend: ({ prepend }, where) => {
    const prefix = stringAt(prepend, `${where}.prepend`)
    return [text => (text === '' ? text : prefix + text)]
  },
  Replace: (config, where) => [replaceAt(config, where)],
  // Rust's whitespace is not JavaScript's: U+0085 is, U+FEFF is not.
  Strip: ({ strip_left, strip_right }) => [
    text => {
      const start = (strip_left ?? true) ? leadingWhitespace(text) : 0
      return text.slice(start, (strip_right ?? true) ? Math.max(start, trailingWhitespace(text)) : undefined)
    },
  ],
}

const make = (config: JsonObject): Normalizer => {
  const normalizer = new library.SequenceNormalizer({ normalizers: [config] })
  return text => normalizer.normalize(text)
}

/** The normalizer that a tokenizer.json declares, or none. */
export function normalizerAt(value: unknown, where: string): Normalizer {
  const steps = stepsAt({ list: 'normalizers', amendments, make }, value, where)
  return text => steps.reduce((out, step) => step(out), text)
}
