import type { Candidate, Whole } from './candidate.js'

const hasText = (answer: string | undefined) => answer !== undefined && answer.trim() !== ''

/** Whether both answers are there. */
export function isWhole(candidate: Candidate): candidate is Whole {
  return hasText(candidate.positive) && hasText(candidate.negative)
}
