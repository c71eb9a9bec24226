// A prompt as data.

/** What the model is asked to write: a sentence that follows from the given one, or one that contradicts it. */
export type Task = 'positive' | 'negative'

/** `before`, the sentence and `after` make the prompt; the answer follows, and a control token that closes it. */
export interface Template {
  /** The same for all tasks of a family. */
  readonly id: string
  readonly task: Task
  readonly before: string
  /** Ends where text would be cut between two tokens in any vocabulary, as behind a line break. */
  readonly after: string
}
