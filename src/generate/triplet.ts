// What synthesis makes.

/** A sentence, one that follows from it, one that contradicts it: what an encoder learns from. */
export interface Triplet {
  /** Of the sentence: its index in the data. */
  readonly key: number
  readonly anchor: string
  readonly positive: string
  readonly negative: string
}
