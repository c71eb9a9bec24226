// What stands in the columns of a row.
import { shown } from '../files/json-object.js'

/** A row that does not hold what it must: what is wrong, where in the row. */
export class BadRow extends Error {
  constructor(column: string, problem: string) {
    super(`column '${column}' ${problem}`)
  }
}

export type Values = Readonly<Record<string, unknown>>

/** A string, number or the like as text; undefined where there is nothing, or something else. */
export function scalarText(value: unknown): string | undefined {
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : undefined
}

/**
 * Text as it stands there.
 * @throws BadRow where it is blank or missing
 */
export function textOf(values: Values, column: string): string {
  const text = presentText(values, column)
  if (text.trim() !== '') return text
  throw new BadRow(column, 'is blank')
}

/**
 * A finite number.
 * @throws BadRow
 */
export function numberOf(values: Values, column: string): number {
  const text = presentText(values, column).trim()
  const number = Number(text)
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(number)) return number
  throw new BadRow(column, `is ${shown(text)} but must be a number`)
}

/**
 * A word or number from a list.
 * @throws BadRow
 */
export function choiceOf<T>(values: Values, column: string, choices: Readonly<Record<string, T>>): T {
  const text = presentText(values, column).trim()
  const key = text.toLowerCase()
  if (Object.hasOwn(choices, key)) return choices[key] as T
  throw new BadRow(column, `is ${shown(text)} but must be one of ${Object.keys(choices).join(', ')}`)
}

function presentText(values: Values, column: string): string {
  const value = values[column]
  const text = scalarText(value)
  if (text !== undefined) return text
  if (value === undefined || value === null) throw new BadRow(column, 'is missing')
  throw new BadRow(column, `is ${shown(value)} but must be a string or a number`)
}
