/** What was made of a sentence: answers as they were parsed. */
export interface Candidate {
  /** The sentence that was asked about. */
  readonly anchor: string
  readonly positive: string | undefined
  readonly negative: string | undefined
}

/** One with both answers. */
export interface Whole extends Candidate {
  readonly positive: string
  readonly negative: string
}

export const answersOf = ({ positive, negative }: Whole): readonly [string, string] => [positive, negative]
