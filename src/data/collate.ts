// Rows of examples as one batch.
import { XlingError } from '../binding/errors.js'
import type { LabelledBatch } from '../model/training/batch.js'
import { packRows } from '../tokenizer/packed.js'

export interface LabelledRow {
  /** `[T]` */
  readonly ids: Int32Array
  /** `[T]`, aligned with ids; -100 is no label. */
  readonly labels: Int32Array
  /** The row's index in its data set, which gives its random stream. */
  readonly key: number
}

/**
 * Puts rows one after another, without padding.
 * @throws XlingError `ERR_INVALID_SHAPE` for a row without tokens or with another number of labels,
 * `ERR_INVALID_ARGUMENT` for a key that is none
 */
export function packExamples(rows: readonly LabelledRow[]): LabelledBatch & { keys: Int32Array } {
  for (const [i, { ids, labels, key }] of rows.entries()) {
    if (ids.length === 0 || labels.length !== ids.length)
      throw new XlingError(
        'ERR_INVALID_SHAPE',
        `packExamples: row ${i} has ${ids.length} ids and ${labels.length} labels, but must have as many labels as ids, one at least`,
      )
    if (!Number.isInteger(key) || key < 0 || key >= 2 ** 31)
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        `packExamples: the key of row ${i} is ${key} but must be a whole number from 0 to 2147483647`,
      )
  }
  const { ids, offsets } = packRows(rows.map(row => row.ids))
  return {
    ids,
    offsets,
    labels: packRows(rows.map(row => row.labels)).ids,
    keys: Int32Array.from(rows, row => row.key),
  }
}
