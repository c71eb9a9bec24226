import type { Candidate } from './candidate.js'
import { normalized } from './normalized.js'

/**
 * Pairs of a sentence and what follows from it that were kept. The pair counts, whatever the negative: twice in a batch of
 * contrastive training, each row has its own positive among its negatives, and twice in the data it only weighs double.
 * Another positive of the same sentence is something new to learn from, and stays.
 */
export class KeptPairs {
  readonly #seen = new Set<string>()

  has(candidate: Candidate): boolean {
    return this.#seen.has(keyOf(candidate))
  }

  add(candidate: Candidate): void {
    this.#seen.add(keyOf(candidate))
  }
}

// Normalized texts have no line break.
const keyOf = ({ anchor, positive = '' }: Candidate) => `${normalized(anchor)}\n${normalized(positive)}`
