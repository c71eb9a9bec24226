// Which rows are kept by what stands in them.
import { scalarText, type Values } from './fields.js'
import type { FileSource, Scalar } from './source.js'

/** Whether a row has, in each column, one of its values. */
export function keeps(where: FileSource['where'] = {}): (values: Values) => boolean {
  const wanted = Object.entries(where).map(([column, values]) => [column, [values].flat()] as const)
  return values => wanted.every(([column, anyOf]) => anyOf.some(one => equal(values[column], one)))
}

function equal(value: unknown, wanted: Scalar): boolean {
  const text = scalarText(value)
  if (text === undefined) return false
  if (typeof wanted === 'number') return text.trim() !== '' && Number(text) === wanted
  // Python writes True and False.
  if (typeof wanted === 'boolean') return text.trim().toLowerCase() === String(wanted)
  return text === wanted
}
