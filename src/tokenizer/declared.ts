// Normalizers, pre-tokenizers and decoders of a tokenizer.json, as a list of steps.
import { arrayAt, type JsonObject, objectAt, stringAt } from './json-fields.js'
import { made } from './library.js'

/**
 * For a `type` that @huggingface/tokenizers does not follow as Python does (seen in 0.2.0): declarations that it does,
 * or what is to be done instead.
 */
export type Amendments<Step> = Readonly<
  Record<string, (config: JsonObject, where: string) => readonly (JsonObject | Step)[]>
>

export interface StepKind<Step> {
  /** The field of a `Sequence` that lists its parts. */
  readonly list: string
  readonly amendments: Amendments<Step>
  /** The library's step for a declaration. */
  readonly make: (config: JsonObject) => Step
}

/** The steps that a value declares, in order; none for null. */
export function stepsAt<Step extends (...args: never[]) => unknown>(
  kind: StepKind<Step>,
  value: unknown,
  where: string,
): Step[] {
  if (value === null || value === undefined) return []
  const config = objectAt(value, where)
  const type = stringAt(config.type, `${where}.type`)
  if (type === 'Sequence') {
    const at = `${where}.${kind.list}`
    return arrayAt(config[kind.list], at).flatMap((part, i) => stepsAt(kind, part, `${at}[${i}]`))
  }
  const amend = Object.hasOwn(kind.amendments, type) ? kind.amendments[type] : undefined
  const parts = amend ? amend(config, where) : [config]
  return parts.map(part => (typeof part === 'function' ? part : made(where, () => kind.make(part))))
}
