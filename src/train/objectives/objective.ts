// What a training loop asks of an objective.
import type { Example } from '../../data/example.js'
import type { Model } from '../../model/model.js'
import type { Task } from '../../prompt/templates/template.js'
import type { TrainOptions } from '../options.js'

export interface Objective {
  /** Examples that can be learnt from. */
  readonly kinds: readonly Example['kind'][]
  /** Of pairs, those of this task alone; undefined: as the option `task` has it. */
  readonly task?: Task
  /** The options that are this one's alone. */
  readonly options: readonly (keyof TrainOptions)[]
  /** @throws XlingError `ERR_INVALID_ARGUMENT` for a model of the other kind, options out of range; at once */
  check(model: Model, options: TrainOptions): void
  prepare(model: Model, examples: readonly Example[], options: Prepared): Promise<Lesson>
}

/** Options with their defaults. */
export type Prepared = TrainOptions & { readonly seed: number }

/** Examples, ready to be learnt from. */
export interface Lesson {
  /** Examples of which the sentence was shortened to fit a prompt. */
  readonly truncated?: number
  /** Some examples, by their places; what is random in them follows from the seed and the step, counted from 0. */
  batch(places: Uint32Array, step: number): Batch
}

export interface Batch {
  readonly rows: number
  readonly tokens: number
  /** Adds the gradients of its sum. @returns the mean over its labels, or anchors, and their count */
  accumulate(signal: AbortSignal | undefined): Promise<{ loss: number; count: number }>
}
