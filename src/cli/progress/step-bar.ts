// A bar for the stage that runs, on a terminal.
import type { SingleBar } from 'cli-progress'
import type { RunEvent } from '../../pipeline/run-event.js'
import type { StepEvent } from '../../train/step-event.js'
import { barLine } from './bar-line.js'
import { Pace } from './pace.js'
import { numbers } from './run-lines.js'

/** The line below all that was told; what is told while it is there goes above it. */
export class StepBar {
  readonly #stream: NodeJS.WriteStream
  readonly #bar: SingleBar
  #pace = new Pace()
  #drawn = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#bar = barLine(stream, '{stage} [{bar}] {percentage}% {value}/{total}, {tail}')
  }

  show(event: RunEvent): void {
    if (event.kind === 'began') this.#pace = new Pace()
    if (event.kind !== 'step') return
    const { stage, event: step } = event
    this.#pace.add(step)
    if (step.evaluation) this.#above(stage, step)
    const payload = { stage, tail: this.#tail(step) }
    if (this.#drawn) this.#bar.update(step.step, payload)
    else this.#bar.start(step.steps, step.step, payload)
    this.#drawn = true
  }

  #above(stage: string, { step, steps, evaluation = {}, best }: StepEvent): void {
    this.clear()
    const found = [...numbers(evaluation), ...(best ? ['best so far'] : [])]
    this.#stream.write(`${stage}: step ${step} of ${steps}, ${found.join(', ')}\n`)
  }

  /** Takes it off the terminal, for something else to be written there. */
  clear(): void {
    if (this.#drawn) this.#bar.stop()
    this.#drawn = false
  }

  [Symbol.dispose](): void {
    this.clear()
  }

  #tail({ losses }: StepEvent): string {
    return [...numbers(losses), this.#pace.rate, this.#pace.left ?? 'at the end'].join(', ')
  }
}
