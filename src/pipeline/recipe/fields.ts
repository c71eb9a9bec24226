// What a recipe's values may be. Every schema says in words what it accepts, as its error.
import { closest } from 'fastest-levenshtein'
import { z } from 'zod'
import { patternFault } from '../../adapter/module-pattern.js'

/** Bounds of a number; one below and one above at most. */
export interface Bounds {
  readonly from?: number
  readonly above?: number
  readonly to?: number
  readonly below?: number
}

/** Finite. */
export const number = (bounds: Bounds = {}) => bounded(z.number, 'a number', bounds)

/** Up to 2^53 - 1, as it is not exact beyond. */
export const whole = (bounds: Bounds) => bounded(z.int, 'a whole number', bounds)

function bounded<S extends z.ZodNumber>(of: (params: { error: string }) => S, what: string, bounds: Bounds): S {
  const { from, above, to, below } = bounds
  const words = [
    from !== undefined && `from ${from}`,
    above !== undefined && `above ${above}`,
    to !== undefined && `to ${to}`,
    below !== undefined && `${above === undefined ? 'to' : 'and'} below ${below}`,
  ]
  const error = [what, ...words.filter(word => word !== false)].join(' ')
  let schema = of({ error })
  if (from !== undefined) schema = schema.gte(from, { error })
  if (above !== undefined) schema = schema.gt(above, { error })
  if (to !== undefined) schema = schema.lte(to, { error })
  if (below !== undefined) schema = schema.lt(below, { error })
  return schema
}

export const truth = () => z.boolean({ error: 'true or false' })

/** Not empty. */
export const text = (error: string) => z.string({ error }).min(1, { error })

/** A regular expression, by its source. */
export const expression = (error = 'a regular expression') =>
  text(error).superRefine((source, context) => {
    const fault = patternFault(source)
    if (fault !== undefined) context.addIssue(`a regular expression of JavaScript's (${fault})`)
  })

export const choice = <const T extends string>(choices: readonly T[]) =>
  z.enum(choices, { error: ({ input }) => oneOf(choices, input) })

/** @param given what is none of them, for which the nearest is named if it is text */
export function oneOf(choices: readonly string[], given?: unknown): string {
  const nearest = typeof given === 'string' && given !== '' ? `; did you mean '${closest(given, [...choices])}'?` : ''
  return `one of ${choices.map(choice => `'${choice}'`).join(', ')}${nearest}`
}

/**
 * A mapping that has these keys and no others.
 * @param elsewhere what has a key that this one lacks
 */
export function mapping<S extends z.core.$ZodLooseShape>(shape: S, elsewhere: Readonly<Record<string, string>> = {}) {
  const known = Object.keys(shape)
  const unknown = (key: string) =>
    Object.hasOwn(elsewhere, key)
      ? `there is no key '${key}' here; ${elsewhere[key]} has it`
      : `there is no key '${key}'; did you mean '${nearestKey(key, known)}'? (it has ${known.join(', ')})`
  return z.strictObject(shape, {
    // A line for each, in the order of the issue's own list.
    error: issue =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map(key => oneLine(unknown(key))).join('\n')
        : `a mapping of ${known.join(', ')}`,
  })
}

/** By letters alone, learningRate and learning_rate are far from lr, which stands for them. */
function nearestKey(key: string, known: readonly string[]): string {
  const initials = (key.match(/^[a-z]|(?<=_)[a-z]|[A-Z]/g) ?? []).join('').toLowerCase()
  return known.find(name => name === initials) ?? closest(key, known)
}

/** Keys and values may hold line breaks. */
export const oneLine = (message: string) => message.replace(/\r?\n|\r/g, '\\n')
