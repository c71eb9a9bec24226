import { closest } from 'fastest-levenshtein'
import { XlingError } from './errors.js'

/**
 * Refuses what is not an options object, and keys that `known` lacks, naming the nearest one.
 * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`
 */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: options must be an object`)
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    throw new XlingError(
      'ERR_UNKNOWN_OPTION',
      `${where}: there is no option '${key}'; did you mean '${closest(key, [...known])}'? (it has ${known.join(', ')})`,
    )
  }
}

/**
 * Refuses what is no seed of random numbers.
 * @throws XlingError `ERR_INVALID_ARGUMENT`
 */
export function checkSeed(where: string, seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: seed is ${seed} but must be a whole number, 0 or more`)
}

/**
 * Refuses what is none of `choices`; undefined among them stands for an option that may be left out.
 * @throws XlingError `ERR_INVALID_ARGUMENT`
 */
export function checkChoice(where: string, value: unknown, choices: readonly (string | undefined)[]): void {
  if (choices.includes(value as string | undefined)) return
  const known = choices.filter(choice => choice !== undefined).map(choice => `'${choice}'`)
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `${where} is ${JSON.stringify(value)} but must be one of ${known.join(', ')}`,
  )
}
