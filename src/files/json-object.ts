// JSON files, most of which hold one object.
import { readFile } from 'node:fs/promises'
import { type ErrorCode, XlingError } from '../binding/errors.js'
import { fileFailure } from './atomic.js'

export type JsonObject = Readonly<Record<string, unknown>>

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The object that a file holds; undefined where there is no such file.
 * @param code of what is said about a file that holds none
 * @throws XlingError `code`, `ERR_FILE_FAILED`
 */
export async function readJsonObject(
  path: string,
  code: ErrorCode = 'ERR_MALFORMED_FILE',
): Promise<JsonObject | undefined> {
  const value = await readJson(path, code)
  if (value === undefined || isJsonObject(value)) return value
  throw new XlingError(code, `${path} must be a JSON object`)
}

/**
 * The value that a file holds; undefined where there is no such file.
 * @param code of what is said about a file that holds none
 * @throws XlingError `code`, `ERR_FILE_FAILED`
 */
export async function readJson(path: string, code: ErrorCode = 'ERR_MALFORMED_FILE'): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' || error.code === 'ENOTDIR' ? undefined : fileFailure('read', path)(error),
  )
  return text === undefined ? undefined : parse(path, text, code)
}

function parse(path: string, text: string, code: ErrorCode): unknown {
  try {
    // Editors put a byte order mark there.
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (cause) {
    throw new XlingError(code, `${path} is not JSON: ${(cause as Error).message}`, { cause })
  }
}

/** A value as a message shows it: a file's may be of any length, a caller's may be none of JSON's. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : plainly(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function plainly(value: unknown): string {
  if (typeof value !== 'object') return String(value)
  try {
    return JSON.stringify(value)
  } catch {
    return 'an object that is not JSON'
  }
}
