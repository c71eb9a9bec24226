// Rows of ids, one after another without padding: the form in which everything reaches the engine.

/**
 * Rows of token ids without padding.
 * Row `r` is `ids.subarray(offsets[r], offsets[r + 1])`.
 */
export interface PackedIds {
  /** `[T]`: the ids of all rows. */
  ids: Int32Array
  /** `[B + 1]`: where each row begins, ascending from 0, and at the end T. */
  offsets: Int32Array
}

/** Puts rows of ids one after another. */
export function packRows(rows: readonly ArrayLike<number>[]): PackedIds {
  const offsets = new Int32Array(rows.length + 1)
  let total = 0
  for (const [row, { length }] of rows.entries()) {
    total += length
    offsets[row + 1] = total
  }
  const ids = new Int32Array(total)
  for (const [row, values] of rows.entries()) ids.set(values, offsets[row])
  return { ids, offsets }
}
