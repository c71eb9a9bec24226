// What training and synthesis take from a row.

/** What a pair's target is to its anchor: something that follows from it, or that contradicts it. */
export type Task = 'positive' | 'negative'

/**
 * `key` is the row's index over all files of the source, in their order, whatever was left out or shuffled: the row's
 * random stream follows it.
 */
export type Example =
  | {
      readonly kind: 'pair'
      readonly key: number
      readonly task: Task
      readonly anchor: string
      readonly target: string
    }
  | { readonly kind: 'completion'; readonly key: number; readonly prompt: string; readonly completion: string }
  | {
      readonly kind: 'triplet'
      readonly key: number
      readonly anchor: string
      readonly positive: string
      readonly negative: string
    }
  | { readonly kind: 'sentence'; readonly key: number; readonly text: string }
  | {
      readonly kind: 'scored-pair'
      readonly key: number
      readonly first: string
      readonly second: string
      readonly score: number
    }
