// Fields of a tokenizer's JSON files, each checked where it is read, so that an error names file and field.
import { XlingError } from '../binding/errors.js'
import { isJsonObject, type JsonObject } from '../files/json-object.js'

export { isJsonObject as isObject, type JsonObject } from '../files/json-object.js'

/** `ERR_INVALID_TOKENIZER`, with the file and field it is about. */
export function invalidTokenizer(where: string, problem: string, cause?: unknown): XlingError {
  return new XlingError('ERR_INVALID_TOKENIZER', `${where}: ${problem}`, cause === undefined ? undefined : { cause })
}

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : String(value)
}

export function objectAt(value: unknown, where: string): JsonObject {
  if (isJsonObject(value)) return value
  throw invalidTokenizer(where, `must be an object, not ${shown(value)}`)
}

export function arrayAt(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw invalidTokenizer(where, `must be an array, not ${shown(value)}`)
}

export function stringAt(value: unknown, where: string): string {
  if (typeof value === 'string') return value
  throw invalidTokenizer(where, `must be a string, not ${shown(value)}`)
}

/** A token's id: a whole number from 0, small enough for an Int32Array. */
export const isId = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31

export function idAt(value: unknown, where: string): number {
  if (isId(value)) return value
  throw invalidTokenizer(where, `must be a whole number from 0 to 2147483647, not ${shown(value)}`)
}

/** A field that may be absent or null, and is `fallback` then. */
export function booleanAt(value: unknown, fallback: boolean, where: string): boolean {
  if (value === undefined || value === null) return fallback
  if (typeof value === 'boolean') return value
  throw invalidTokenizer(where, `must be true or false, not ${shown(value)}`)
}

/** A field that may be absent or null: undefined then. */
export function optionalStringAt(value: unknown, where: string): string | undefined {
  return value === undefined || value === null ? undefined : stringAt(value, where)
}
