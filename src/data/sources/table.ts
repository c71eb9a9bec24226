// What every format of files gives: rows by column.
import { closest } from 'fastest-levenshtein'
import { XlingError } from '../../binding/errors.js'

export interface TableRow {
  /** Its line in a file of text, from 1; the last one, where it has more. */
  readonly line?: number
  /** By column, of those that were chosen. */
  readonly values: Readonly<Record<string, unknown>>
}

/** A row that cannot be read at all. */
export interface BrokenRow {
  readonly line?: number
  readonly problem: string
}

/** @returns the columns that are wanted of those that a file has; it throws where one is missing */
export type ChooseColumns = (file: string, columns: readonly string[]) => readonly string[]

/**
 * The rows of a file in their order. What a file cannot be read for at all is thrown: `ERR_FILE_NOT_FOUND`,
 * `ERR_FILE_FAILED`, `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE`.
 */
export type ReadTable = (file: string, choose: ChooseColumns) => AsyncIterable<TableRow | BrokenRow>

export function malformed(file: string, problem: string, cause?: unknown): XlingError {
  return new XlingError('ERR_MALFORMED_FILE', `${file}: ${problem}`, cause === undefined ? undefined : { cause })
}

/**
 * The columns that are wanted, which the file must have.
 * @throws XlingError `ERR_MALFORMED_FILE` with the nearest there is
 */
export function checkColumns(file: string, wanted: readonly string[], columns: readonly string[]): readonly string[] {
  const missing = wanted.find(column => !columns.includes(column))
  if (missing === undefined) return wanted
  throw malformed(
    file,
    columns.length === 0
      ? 'has no columns'
      : `has no column '${missing}'; did you mean '${closest(missing, [...columns])}'? (it has ${columns.join(', ')})`,
  )
}
