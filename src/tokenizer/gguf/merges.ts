// The merges of a GGUF file, as it lists them.
import type { GgufMetadata } from '../../files/gguf-metadata.js'
import { type GgufVocabulary, invalidKey } from './vocabulary.js'

/** Two tokens that become one. Lists of them are in order of precedence. */
export type Merge = readonly [left: string, right: string]

export const mergesKey = 'tokenizer.ggml.merges'

/**
 * `tokenizer.ggml.merges`, of which each is two tokens with a space between; undefined where the file has none.
 * @throws XlingError `ERR_INVALID_TOKENIZER`
 */
export function readMerges(metadata: GgufMetadata, { ids }: GgufVocabulary): Merge[] | undefined {
  return metadata.strings(mergesKey)?.map((merge, rank) => {
    const invalid = (problem: string) => invalidKey(metadata.file, `${mergesKey}[${rank}]`, problem)
    const at = merge.indexOf(' ')
    const [left, right] = [merge.slice(0, at), merge.slice(at + 1)]
    if (at <= 0 || right === '' || right.includes(' '))
      throw invalid(`must be two tokens with a space between, not '${merge}'`)
    for (const token of [left, right, left + right])
      if (!ids.has(token)) throw invalid(`'${token}' is not in the vocabulary`)
    return [left, right]
  })
}
