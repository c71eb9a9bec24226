// The tokens of a GGUF file, and what the file says each of them is.
import type { GgufMetadata } from '../../files/gguf-metadata.js'
import { invalidTokenizer, type JsonObject } from '../json-fields.js'

/** Values of `tokenizer.ggml.token_type`, which are SentencePiece's. */
export const tokenType = {
  undefined: 0,
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const

const lastType = tokenType.byte

export interface GgufVocabulary {
  /** For messages. */
  readonly file: string
  /** By id. */
  readonly tokens: readonly string[]
  /** By id: one of {@link tokenType}. */
  readonly types: ArrayLike<number>
  readonly ids: ReadonlyMap<string, number>
}

/** `ERR_INVALID_TOKENIZER` for a key of a GGUF file. */
export const invalidKey = (file: string, key: string, problem: string) => invalidTokenizer(`${file}: ${key}`, problem)

/** The error for a key without which there is no vocabulary. */
export const missingKey = (file: string, key: string) =>
  invalidKey(file, key, 'is missing; convert the model again with a current convert_hf_to_gguf.py of llama.cpp')

const tokensKey = 'tokenizer.ggml.tokens'
const typesKey = 'tokenizer.ggml.token_type'

/** An array with a value per token, as long as there are tokens. */
export function perToken({ file }: GgufMetadata, key: string, values: Float64Array, count: number): Float64Array {
  if (values.length === count) return values
  throw invalidKey(file, key, `has ${values.length} values for ${count} tokens; the file is damaged, fetch it again`)
}

// Files without types are of plain tokens.
function typesOf(metadata: GgufMetadata, count: number): ArrayLike<number> {
  const given = metadata.numbers(typesKey)
  if (!given) return new Uint8Array(count).fill(tokenType.normal)
  const types = perToken(metadata, typesKey, given, count)
  const wrong = types.findIndex(type => !Number.isInteger(type) || type < 0 || type > lastType)
  if (wrong < 0) return types
  throw invalidKey(metadata.file, `${typesKey}[${wrong}]`, `is ${types[wrong]}; types are 0 to ${lastType}`)
}

/**
 * @param spell how the tokenizer.json writes a token
 * @throws XlingError `ERR_INVALID_TOKENIZER`
 */
export function readVocabulary(
  metadata: GgufMetadata,
  spell: (token: string, type: number) => string = token => token,
): GgufVocabulary {
  const { file } = metadata
  const given = metadata.strings(tokensKey)
  if (!given) throw missingKey(file, tokensKey)
  if (given.length === 0) throw invalidKey(file, tokensKey, 'is empty; a vocabulary has at least one token')
  const types = typesOf(metadata, given.length)
  const tokens = given.map((token, id) => spell(token, types[id] as number))
  const ids = new Map<string, number>()
  for (const [id, token] of tokens.entries()) {
    const before = ids.get(token)
    if (before !== undefined)
      throw invalidKey(file, `${tokensKey}[${id}]`, `is '${token}', which stands at ${before} already`)
    ids.set(token, id)
  }
  return { file, tokens, types, ids }
}

// Whether a converter put the token there to fill a vocabulary up to the rows of the embedding.
const isPadding = ({ tokens, types }: GgufVocabulary, id: number): boolean =>
  types[id] === tokenType.unused && tokens[id] === `[PAD${id}]`

/**
 * `vocab` of tokenizer.json's model: ids by token. What fills the vocabulary up is no token to Python either.
 * @param kept ids of tokens that have a role, whatever they look like
 */
export function vocabularyObject(vocabulary: GgufVocabulary, kept: readonly number[]): JsonObject {
  // Without a prototype, so that a token may be called __proto__.
  const object: Record<string, number> = Object.create(null)
  for (const [id, token] of vocabulary.tokens.entries())
    if (!isPadding(vocabulary, id) || kept.includes(id)) object[token] = id
  return object
}
