// How an adapter was asked in training: it wants to be asked so again.
import { jsonHash } from '../files/hash.js'
import type { JsonObject } from '../files/json-object.js'

/** How an adapter was asked for what it learnt to write. */
export interface Prompting {
  /** The family of templates, by its id. */
  readonly template: string
  /** What it was asked for; undefined if for both. */
  readonly task: 'positive' | 'negative' | undefined
  /** The text of the token that closed its answers. */
  readonly closing: string
  /** Of the words it was asked in and of `closing`: `sha256:` and 64 hexadecimal digits. */
  readonly hash: string
}

/** The hash of some templates, of one task each, and of what closes their answers. */
export function promptingHash(
  asked: readonly { readonly task: string; readonly before: string; readonly after: string }[],
  closing: string,
): string {
  const words = asked.map(({ task, before, after }) => [task, { before, after }] as const)
  return jsonHash({ asked: Object.fromEntries(words), closing })
}

/**
 * Checks what a file has.
 * @param malformed throws what it is told: key, value and what is accepted
 */
export function readPrompting(
  json: JsonObject,
  malformed: (key: string, value: unknown, accepted: string) => never,
): Prompting {
  const { template, task, closing, hash } = json
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
  if (!isText(template)) return malformed('template', template, "a template's id")
  if (task !== undefined && task !== 'positive' && task !== 'negative')
    return malformed('task', task, "'positive', 'negative' or left out")
  if (!isText(closing)) return malformed('closing', closing, "a token's text")
  if (!isText(hash) || !/^sha256:[\da-f]{64}$/.test(hash))
    return malformed('hash', hash, "'sha256:' and 64 hexadecimal digits")
  return { template, task, closing, hash }
}
