// What a kind of vocabulary makes of a GGUF file.
import type { JsonObject } from '../json-fields.js'
import type { RoleIds } from './special-ids.js'
import type { GgufVocabulary } from './vocabulary.js'

/** The parts of a tokenizer.json that differ by kind. */
export interface VocabularyParts {
  readonly vocabulary: GgufVocabulary
  readonly roles: RoleIds
  readonly model: JsonObject
  readonly normalizer: JsonObject | null
  readonly preTokenizer: JsonObject | null
  readonly decoder: JsonObject
  /** Whether BOS is added where the file does not say. */
  readonly addsBos: boolean
  /** Which user-defined tokens are found in text, rather than made by merges. */
  readonly found: (token: string) => boolean
}
