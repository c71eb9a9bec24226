// Which rows are learnt from at which step.
import { permutation } from '../data/shuffle.js'

export interface CourseOptions {
  /** Rows that there are, 1 or more. */
  readonly rows: number
  /** Rows of a micro-batch, and micro-batches of a step. */
  readonly batchSize: number
  readonly accumulation: number
  /** Passes over the rows; a part of one is allowed. */
  readonly epochs: number
  /** Steps at most. */
  readonly mostSteps: number
  readonly seed: number
}

/** Every epoch has each row once, in an order of its own; its last step has what is left. It follows from the seed alone. */
export class Course {
  readonly steps: number
  readonly stepsPerEpoch: number
  readonly #options: CourseOptions
  #order: { epoch: number; rows: Uint32Array } | undefined

  constructor(options: CourseOptions) {
    const { rows, batchSize, accumulation, epochs, mostSteps } = options
    this.#options = options
    this.stepsPerEpoch = Math.ceil(rows / (batchSize * accumulation))
    this.steps = Math.min(mostSteps, Math.max(1, Math.ceil(epochs * this.stepsPerEpoch)))
  }

  /** The rows of a step, counted from 0, by micro-batch. */
  microBatches(step: number): Uint32Array[] {
    const { batchSize, accumulation } = this.#options
    const begin = (step % this.stepsPerEpoch) * batchSize * accumulation
    const rows = this.#orderOf(Math.floor(step / this.stepsPerEpoch)).subarray(begin, begin + batchSize * accumulation)
    const count = Math.ceil(rows.length / batchSize)
    return Array.from({ length: count }, (_, i) => rows.subarray(i * batchSize, (i + 1) * batchSize))
  }

  #orderOf(epoch: number): Uint32Array {
    if (this.#order?.epoch !== epoch) {
      const { rows, seed } = this.#options
      this.#order = { epoch, rows: permutation(rows, seed, [epoch, 0]) }
    }
    return this.#order.rows
  }
}
