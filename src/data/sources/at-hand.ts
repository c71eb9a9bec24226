// Rows that a caller holds.

import { isJsonObject, shown } from '../../files/json-object.js'
import type { Rows } from '../source.js'
import type { BrokenRow, ChooseColumns, TableRow } from './table.js'

/** Objects by column. The columns are the keys of the first. */
export async function* readAtHand(
  where: string,
  rows: Rows,
  choose: ChooseColumns,
): AsyncGenerator<TableRow | BrokenRow, void> {
  let wanted: readonly string[] | undefined
  for await (const row of rows as AsyncIterable<unknown>) {
    if (!isJsonObject(row)) {
      yield { problem: `is ${shown(row)} but must be an object by column` }
      continue
    }
    wanted ??= choose(where, Object.keys(row))
    yield {
      values: Object.fromEntries(wanted.map(column => [column, Object.hasOwn(row, column) ? row[column] : undefined])),
    }
  }
}
