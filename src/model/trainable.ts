// Which of a model's weights train.
import { closest } from 'fastest-levenshtein'
import { XlingError } from '../binding/errors.js'
import type { Weight } from './weight-names.js'

/** Nothing but adapters, everything, or what a regular expression finds in its name in Hugging Face's files. */
export type Trainable = 'adapters' | 'all' | RegExp

/**
 * The slots that train.
 * @throws XlingError `ERR_INVALID_ARGUMENT` for anything else, and for an expression that no weight's name has
 */
export function trainableSlots(where: string, trainable: Trainable, weights: readonly Weight[]): Set<string> {
  if (trainable === 'adapters') return new Set()
  if (trainable === 'all') return new Set(weights.map(({ slot }) => slot))
  if (!(trainable instanceof RegExp))
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `${where}: trainable is ${JSON.stringify(trainable)} but must be 'adapters', 'all' or a regular expression`,
    )
  const found = weights.filter(({ name }) => name.search(trainable) >= 0)
  if (found.length > 0) return new Set(found.map(({ slot }) => slot))
  const names = weights.map(({ name }) => name)
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `${where}: trainable is ${trainable}, which is in no weight's name; the nearest is ${closest(trainable.source, names)}`,
  )
}
