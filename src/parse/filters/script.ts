import { XlingError } from '../../binding/errors.js'
import { answersOf, type Whole } from './candidate.js'

/** Of an answer's letters; names and quotations may be in another script. */
const leastShare = 0.7

const letter = /\p{L}/gu

/**
 * Tells whether the letters of an answer are of another script, or it has none. Digits, marks and punctuation do not count.
 * @param script by its name in Unicode, as `\p{Script=…}` has it
 * @throws XlingError `ERR_INVALID_ARGUMENT` for a script that Unicode does not have
 */
export function otherScript(script: string): (candidate: Whole) => boolean {
  const wanted = patternOf(script)
  return candidate =>
    answersOf(candidate).some(answer => {
      const letters = answer.match(letter) ?? []
      return letters.length === 0 || letters.filter(one => wanted.test(one)).length < leastShare * letters.length
    })
}

function patternOf(script: unknown): RegExp {
  try {
    if (typeof script === 'string' && /^\w+$/.test(script)) return new RegExp(`\\p{Script=${script}}`, 'u')
  } catch {
    // Said below.
  }
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `filters: script is ${JSON.stringify(script)} but must be 'any' or the name of a script in Unicode, as Latin, ` +
      'Cyrillic, Arabic, Devanagari, Ethiopic or Han',
  )
}
