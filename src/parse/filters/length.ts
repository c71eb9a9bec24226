import { XlingError } from '../../binding/errors.js'
import { answersOf, type Whole } from './candidate.js'

/** Characters that a text counts for at least: "Yes." may be answered by a sentence, and a sentence by "No." */
const floor = 20

const lengthOf = (text: string) => Math.max(floor, Array.from(text.trim()).length)

/**
 * Tells whether an answer is over `most` times as long as the sentence, or as short, in characters.
 * @throws XlingError `ERR_INVALID_ARGUMENT` for a ratio below 1
 */
export function otherLength(most: number): (candidate: Whole) => boolean {
  if (typeof most !== 'number' || !(most >= 1))
    throw new XlingError('ERR_INVALID_ARGUMENT', `filters: maxLengthRatio is ${most} but must be a number from 1`)
  return candidate => {
    const own = lengthOf(candidate.anchor)
    return answersOf(candidate).some(answer => {
      const other = lengthOf(answer)
      return Math.max(own, other) > most * Math.min(own, other)
    })
  }
}
