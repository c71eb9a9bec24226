import { answersOf, type Whole } from './candidate.js'
import { normalized } from './normalized.js'

/** Whether an answer repeats the sentence, or both answers are one: there is nothing to tell apart. */
export function isEcho(candidate: Whole): boolean {
  const texts = [candidate.anchor, ...answersOf(candidate)].map(normalized)
  return new Set(texts).size < texts.length
}
