// Which tokens a GGUF file's tokenizer puts around a text.
import type { GgufMetadata } from '../../files/gguf-metadata.js'
import type { JsonObject } from '../json-fields.js'
import type { RoleIds } from './special-ids.js'
import { type GgufVocabulary, invalidKey } from './vocabulary.js'

interface Edge {
  readonly id: number
  readonly token: string
}

/** The tokens around a text, those that are added. */
export interface Frame {
  readonly bos: Edge | undefined
  readonly eos: Edge | undefined
}

/** @param byDefault whether each is added where the file does not say; it needs an id then as well. */
export function readFrame(
  metadata: GgufMetadata,
  { tokens }: GgufVocabulary,
  roles: RoleIds,
  byDefault: Readonly<Record<'bos' | 'eos', boolean>>,
): Frame {
  const edge = (role: 'bos' | 'eos'): Edge | undefined => {
    const key = `tokenizer.ggml.add_${role}_token`
    const stated = metadata.boolean(key)
    const id = roles[role]
    if (stated && id === undefined)
      throw invalidKey(metadata.file, key, `is true, but tokenizer.ggml.${role}_token_id is missing`)
    return (stated ?? byDefault[role]) && id !== undefined ? { id, token: tokens[id] as string } : undefined
  }
  return { bos: edge('bos'), eos: edge('eos') }
}

/** `post_processor` of tokenizer.json; null where nothing is added. */
export function postProcessorOf({ bos, eos }: Frame): JsonObject | null {
  if (!bos && !eos) return null
  const special = (edge: Edge | undefined, type_id: number) =>
    edge ? [{ SpecialToken: { id: edge.token, type_id } }] : []
  const part = (id: string, type_id: number) => [
    ...special(bos, type_id),
    { Sequence: { id, type_id } },
    ...special(eos, type_id),
  ]
  const edges = [bos, eos].filter(edge => edge !== undefined)
  return {
    type: 'TemplateProcessing',
    single: part('A', 0),
    pair: [...part('A', 0), ...part('B', 1)],
    special_tokens: Object.fromEntries(
      edges.map(({ id, token }) => [token, { id: token, ids: [id], tokens: [token] }]),
    ),
  }
}
