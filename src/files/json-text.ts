// JSON of values that must come back as they were.
import { XlingError } from '../binding/errors.js'
import { shown } from './json-object.js'

/** How {@link jsonText} orders an object's keys: by UTF-16 code units (RFC 8785), or as they were set. */
export type KeyOrder = 'sorted' | 'as set'

/**
 * JSON on one line. Keys whose value is undefined are left out; what JSON.stringify would turn into something else
 * (NaN, infinities, undefined or a hole in a list, functions, symbols, instances of classes) or not take (bigints,
 * cycles) is refused.
 * @param what it is, for messages, which put the place behind it
 * @throws XlingError `ERR_INVALID_ARGUMENT`
 */
export function jsonText(what: string, value: unknown, order: KeyOrder = 'as set'): string {
  return text(value, what, order, [])
}

/** @param around the objects and lists that hold the value */
function text(value: unknown, place: string, order: KeyOrder, around: readonly unknown[]): string {
  const scalar = value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
  if (scalar) return JSON.stringify(value)
  if (around.includes(value)) throw notJson(place, 'a value that holds itself')
  const inside = [...around, value]
  // Array.from, so that holes are undefined.
  if (Array.isArray(value))
    return `[${Array.from(value, (item, i) => text(item, `${place}[${i}]`, order, inside)).join(',')}]`
  if (!isPlain(value)) throw notJson(place, shown(value))
  const entries = Object.entries(value).filter(([, held]) => held !== undefined)
  if (order === 'sorted') entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, held]) => `${JSON.stringify(key)}:${text(held, `${place}.${key}`, order, inside)}`).join(',')}}`
}

/** An object of no class, whichever realm it is of. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function notJson(place: string, found: string): XlingError {
  return new XlingError(
    'ERR_INVALID_ARGUMENT',
    `${place} is ${found}, which JSON cannot hold; give text, finite numbers, true, false, null, lists or plain objects`,
  )
}
