// What a model's answers are recognised by, as data.

/** Of a family of templates. */
export interface Parser {
  /** What opens the model's turn, as text; it may be repeated before the answer. */
  readonly opening: string
  /** Control tokens that a tokenizer may have left as text: none is part of an answer. */
  readonly markers: readonly string[]
}
