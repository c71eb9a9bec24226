// The tokens of a GGUF file that are found in text before anything else is done to it.
import type { JsonObject } from '../json-fields.js'
import { type GgufVocabulary, tokenType } from './vocabulary.js'

/**
 * `added_tokens` of tokenizer.json, by ascending id: control tokens, those that end a sequence, and user-defined ones.
 * @param found which user-defined tokens are found in text, rather than made by merges.
 */
export function addedTokenList(
  { tokens, types }: GgufVocabulary,
  ends: readonly number[],
  found: (token: string) => boolean,
): JsonObject[] {
  return tokens.flatMap((content, id) => {
    const type = types[id]
    const special = type === tokenType.control || type === tokenType.unknown || ends.includes(id)
    const added = special || (type === tokenType.userDefined && found(content))
    if (!added) return []
    return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }
  })
}
