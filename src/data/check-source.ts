// Misuse of a data source, before anything is read.
import { closest } from 'fastest-levenshtein'
import { XlingError } from '../binding/errors.js'
import { checkChoice, checkOptions, checkSeed } from '../binding/options.js'
import { isJsonObject, shown } from '../files/json-object.js'
import { fileFormats } from './file-format.js'
import { formats } from './formats/index.js'
import type { DataSource, FileSource, Rows, Scalar } from './source.js'

const known = [
  'path',
  'format',
  'schema',
  'columns',
  'where',
  'limit',
  'offset',
  'shuffleSeed',
  'skipBadRows',
] as const satisfies readonly (keyof FileSource)[]

/**
 * The source with its options, or the rows.
 * @param where for messages: what the source is for
 * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`
 */
export function checkSource(where: string, source: DataSource): FileSource | { readonly rows: Rows } {
  const file = typeof source === 'string' ? { path: source } : source
  if (typeof file === 'object' && file !== null && (Symbol.iterator in file || Symbol.asyncIterator in file))
    return { rows: file }
  if (!isJsonObject(file))
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `${where} is ${shown(file)} but must be a path, a glob, an hf:// address, an object with 'path', or rows`,
    )
  checkOptions(where, file, known)
  checkFileSource(where, file as unknown as FileSource)
  return file as unknown as FileSource
}

function checkFileSource(where: string, source: FileSource): void {
  const { path, format, schema, columns, limit, offset, shuffleSeed, skipBadRows } = source
  const refuse = (what: string): never => {
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: ${what}`)
  }
  if (typeof path !== 'string' || path.trim() === '' || path.includes('\0'))
    refuse(`path is ${shown(path)} but must be a path, a glob or an hf:// address`)
  checkChoice(`${where}: format`, format, [...fileFormats, undefined])
  if (schema !== undefined && !Object.hasOwn(formats, schema)) {
    const ids = Object.keys(formats)
    refuse(`there is no schema ${shown(schema)}; did you mean '${closest(String(schema), ids)}'? (${ids.join(', ')})`)
  }
  if (
    columns !== undefined &&
    !(isJsonObject(columns) && Object.values(columns).every(name => typeof name === 'string'))
  )
    refuse(`columns is ${shown(columns)} but must give the files' name for a schema's column, as { text: 'body' }`)
  checkWhere(source.where, refuse)
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1))
    refuse(`limit is ${shown(limit)} but must be a whole number, 1 or more`)
  if (offset !== undefined && !(Number.isSafeInteger(offset) && offset >= 0))
    refuse(`offset is ${shown(offset)} but must be a whole number, 0 or more`)
  if (shuffleSeed !== undefined) checkSeed(`${where}: shuffleSeed`, shuffleSeed)
  if (skipBadRows !== undefined && typeof skipBadRows !== 'boolean')
    refuse(`skipBadRows is ${shown(skipBadRows)} but must be true or false`)
}

function checkWhere(where: unknown, refuse: (what: string) => never): void {
  if (where === undefined) return
  if (!isJsonObject(where)) refuse(`where is ${shown(where)} but must give values by column, as { language: 'hau' }`)
  for (const [column, wanted] of Object.entries(where as object)) {
    const values: unknown[] = Array.isArray(wanted) ? wanted : [wanted]
    if (values.length > 0 && values.every(isScalar)) continue
    refuse(`where: ${column} is ${shown(wanted)} but must be a string, a number, true, false, or a list of such`)
  }
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}
