// What an evaluation's files hold.
import { XlingError } from '../../binding/errors.js'
import { type CsvOptions, type CsvRow, readCsv } from '../../data/sources/csv.js'

/** Two sentences, and how much alike people found them. */
export interface ScoredPair {
  readonly first: string
  readonly second: string
  /** On the task's own scale. */
  readonly score: number
}

export interface EvaluationTask {
  /** The columns that are read; `header` where the files have no line that names them. */
  readonly csv: Pick<CsvOptions, 'header' | 'columns'>
  /** @throws XlingError `ERR_MALFORMED_FILE` with file, row and column */
  readonly pairOf: (row: CsvRow) => ScoredPair
}

/**
 * All pairs of a file, in its order.
 * @param options.limit rows at most, 1 or more; default all
 * @throws XlingError what reading a CSV file does, `ERR_MALFORMED_FILE` for a row that holds no pair
 */
export async function readPairs(
  { csv, pairOf }: EvaluationTask,
  file: string,
  options: Pick<CsvOptions, 'limit'> = {},
): Promise<ScoredPair[]> {
  const pairs: ScoredPair[] = []
  for await (const row of readCsv(file, { ...csv, ...options })) pairs.push(pairOf(row))
  return pairs
}

/** A sentence as it stands in the file; `text` where the column holds more than that. */
export function sentenceOf(row: CsvRow, column: string, text = row.values[column] ?? ''): string {
  if (text.trim() !== '') return text
  throw badRow(row, column, 'a sentence is blank; give both')
}

/** A decimal number from 0 to `most`. */
export function scoreOf(row: CsvRow, column: string, most: number): number {
  const text = (row.values[column] ?? '').trim()
  const score = Number(text)
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && score >= 0 && score <= most) return score
  throw badRow(row, column, `the score is '${text}' but must be a number from 0 to ${most}`)
}

export function badRow({ file, row }: CsvRow, column: string, problem: string): XlingError {
  return new XlingError('ERR_MALFORMED_FILE', `${file}: row ${row}, column ${column}: ${problem}`)
}
