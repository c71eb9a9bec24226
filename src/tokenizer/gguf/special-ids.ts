// The ids of a GGUF file's tokens with a role.
import type { GgufMetadata } from '../../files/gguf-metadata.js'
import type { SpecialRole } from '../special-tokens.js'
import { type GgufVocabulary, invalidKey, tokenType } from './vocabulary.js'

/** Ids by role, those that there are. */
export type RoleIds = Readonly<Partial<Record<SpecialRole, number>>>

// GGUF misspells the separator; some writers do not.
const keys: Readonly<Record<SpecialRole, readonly string[]>> = {
  bos: ['bos'],
  eos: ['eos'],
  unk: ['unknown'],
  sep: ['seperator', 'separator'],
  pad: ['padding'],
  cls: ['cls'],
  mask: ['mask'],
}

function idOf(metadata: GgufMetadata, name: string, { tokens }: GgufVocabulary): number | undefined {
  const key = `tokenizer.ggml.${name}_token_id`
  const id = metadata.number(key)
  if (id === undefined || (Number.isInteger(id) && id >= 0 && id < tokens.length)) return id
  throw invalidKey(metadata.file, key, `is ${id}, but the vocabulary has ${tokens.length} tokens`)
}

/**
 * @param fallback ids of a kind of vocabulary that its files need not state; each counts if the token there is one that
 * text cannot be.
 * @throws XlingError `ERR_INVALID_TOKENIZER` for an id beyond the vocabulary
 */
export function roleIds(metadata: GgufMetadata, vocabulary: GgufVocabulary, fallback: RoleIds = {}): RoleIds {
  const { control, unknown } = tokenType
  const ids: Partial<Record<SpecialRole, number>> = {}
  for (const [role, id] of Object.entries(fallback))
    if (vocabulary.types[id] === control || vocabulary.types[id] === unknown) ids[role as SpecialRole] = id
  for (const [role, names] of Object.entries(keys))
    for (const name of names) {
      const id = idOf(metadata, name, vocabulary)
      if (id !== undefined) ids[role as SpecialRole] = id
    }
  return ids
}

// Texts by which llama.cpp knows that a token ends a sequence, of the families that we have. A file names one or two.
const endings = [
  '<|endoftext|>',
  '<|im_end|>',
  '<|end_of_text|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<end_of_turn>',
  '<eos>',
  '</s>',
]

/** Ids that end a sequence, ascending: those of EOS, of a turn and of a message, and control tokens that are known to. */
export function endIds(metadata: GgufMetadata, vocabulary: GgufVocabulary, roles: RoleIds): number[] {
  const stated = [roles.eos, idOf(metadata, 'eot', vocabulary), idOf(metadata, 'eom', vocabulary)]
  // Gemma's '</s>' is not control but the tag of HTML.
  const known = endings
    .map(text => vocabulary.ids.get(text))
    .filter(id => id !== undefined && vocabulary.types[id] === tokenType.control)
  const ids = [...stated, ...known].filter(id => id !== undefined)
  return [...new Set(ids)].sort((a, b) => a - b)
}
