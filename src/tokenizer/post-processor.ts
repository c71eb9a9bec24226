// The post-processor of a tokenizer.json, reduced to what it does to one text: ids before it and after it.
import { invalidTokenizer, type JsonObject, objectAt } from './json-fields.js'
import { library, made } from './library.js'

/** Ids that encoding with special tokens puts around a text. */
export interface Frame {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

// Half of a surrogate pair: no token.
const text = '\ud800'

/** The frame that a tokenizer.json declares: what @huggingface/tokenizers puts around a text of one token. */
export function frameAt(value: unknown, where: string, idOf: (token: string) => number | undefined): Frame {
  if (value === null || value === undefined) return { before: [], after: [] }
  const config: JsonObject = objectAt(value, where)
  const { tokens } = made(where, () =>
    new library.SequencePostProcessor({ processors: [config] }).post_process([text], null, true),
  )
  const at = tokens.indexOf(text)
  if (at < 0 || at !== tokens.lastIndexOf(text)) throw invalidTokenizer(where, 'must have one place for one text')
  const idsOf = (around: readonly unknown[]) =>
    around.map(token => {
      const id = typeof token === 'string' ? idOf(token) : undefined
      if (id === undefined) throw invalidTokenizer(where, `adds '${String(token)}', which is no token`)
      return id
    })
  return { before: idsOf(tokens.slice(0, at)), after: idsOf(tokens.slice(at + 1)) }
}

/** A token that tokenizer_config.json wants added or not: `add_bos_token`, `add_eos_token`. */
export interface WantedToken {
  readonly id: number | undefined
  readonly wanted: unknown
}

const adjusted = (ids: readonly number[], { id, wanted }: WantedToken, added: (id: number) => readonly number[]) => {
  if (id === undefined || typeof wanted !== 'boolean' || wanted === ids.includes(id)) return ids
  return wanted ? added(id) : ids.filter(other => other !== id)
}

/** A frame that has BOS and EOS where tokenizer_config.json says whether they are wanted. */
export function withFlags({ before, after }: Frame, { bos, eos }: { bos: WantedToken; eos: WantedToken }): Frame {
  return {
    before: adjusted(before, bos, id => [id, ...before]),
    after: adjusted(after, eos, id => [...after, id]),
  }
}
