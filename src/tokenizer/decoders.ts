// Decoders: how tokens become text again.
import { type Amendments, stepsAt } from './declared.js'
import { type JsonObject, stringAt } from './json-fields.js'
import { library } from './library.js'
import { replaceAt } from './pattern.js'
import { prependSchemeAt, preTokenizerAt } from './pre-tokenizers.js'

export type Decoder = (tokens: readonly string[]) => string

type Step = (tokens: readonly string[]) => readonly string[]

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// Python writes one U+FFFD for each of the bytes that are no UTF-8 together, and keeps a byte order mark.
const text_decoder = {
  decode(bytes: Uint8Array): string {
    try {
      return strictUtf8.decode(bytes)
    } catch {
      return '\ufffd'.repeat(bytes.length)
    }
  },
}

// The 256 characters that stand for bytes.
const inBytes = /^[!-~\xa1-\xac\xae-\u0143]*$/
const bytesOf = preTokenizerAt({ type: 'ByteLevel', use_regex: false }, 'ByteLevel')

const make = (config: JsonObject): Step => {
  const decoder = new library.SequenceDecoder({ decoders: [config] })
  for (const part of decoder.decoders) if (config.type === 'ByteFallback') part.text_decoder = text_decoder
  return tokens => decoder.decode_chain(tokens)
}

const amendments: Amendments<Step> = {
  // To the library, characters that stand for no byte are zeros; to Python, such a token stands for itself.
  ByteLevel: config => [
    tokens => tokens.flatMap(token => (inBytes.test(token) ? token : bytesOf(token, false))),
    config,
  ],
  // The mark of the first token is the prefix space that encoding put there. The library takes away one, always.
  Metaspace: (config, where) => {
    const mark = stringAt(config.replacement ?? '\u2581', `${where}.replacement`)
    const prefixed = prependSchemeAt(config, where) !== 'never'
    return [tokens => tokens.map((token, i) => token.replaceAll(mark, i === 0 && prefixed ? '' : ' '))]
  },
  Replace: (config, where) => [replaceAt(config, where)],
}

/** The decoder that a tokenizer.json declares; without one, tokens are joined by spaces. */
export function decoderAt(value: unknown, where: string): Decoder {
  const steps = stepsAt({ list: 'decoders', amendments, make }, value, where)
  const space = value === null || value === undefined ? ' ' : ''
  return tokens => steps.reduce((out, step) => step(out), tokens).join(space)
}
