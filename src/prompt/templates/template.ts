// A prompt as data.

/** What the model is asked to write: a sentence that follows from the given one, or one that contradicts it. */
export type Task = 'positive' | 'negative'

/** `before`, the sentence and `after` make the prompt; the answer follows, and a control token that closes it. */
export interface Template {
  /** The same for all tasks of a family. */
  readonly id: string
  readonly task: Task
  /** The control tokens that `before` and `after` write; whatever else they spell is text. */
  readonly control: readonly string[]
  readonly before: string
  /** Ends where text would be cut between two tokens in any vocabulary, as behind a line break. */
  readonly after: string
  /** Control tokens of which the first that ends a sequence closes an answer. */
  readonly closing: readonly string[]
}

/** A template for each task. */
export type Family = Readonly<Record<Task, Template>>
