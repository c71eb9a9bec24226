// What the columns of a file of sentence pairs mean.
import { XlingError } from '../../binding/errors.js'
import type { CsvRow } from '../sources/csv.js'

/** An anchor in any language, and what is to be written from it: the answer to learn. */
export interface Pair {
  readonly anchor: string
  readonly target: string
}

export interface PairFormat {
  /** Whether the target follows from the anchor, or contradicts it. */
  readonly task: 'positive' | 'negative'
  readonly columns: readonly [anchor: string, target: string]
}

/**
 * The pair in a row.
 * @throws XlingError `ERR_MALFORMED_FILE` for a blank one or a missing column, with file and row
 */
export function pairOf({ columns: [anchor, target] }: PairFormat, { file, row, values }: CsvRow): Pair {
  const text = (column: string) => {
    const value = values[column]
    if (value !== undefined && value.trim() !== '') return value
    const problem = value === undefined ? 'has no' : 'is blank in'
    throw new XlingError('ERR_MALFORMED_FILE', `${file}: row ${row} ${problem} column ${column}; give both sentences`)
  }
  return { anchor: text(anchor), target: text(target) }
}
