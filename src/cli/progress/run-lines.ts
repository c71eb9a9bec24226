// A run's events as lines to read.
import type { RunEvent } from '../../pipeline/run-event.js'
import type { StepEvent } from '../../train/step-event.js'
import { clock, Pace } from './pace.js'

/** Between two lines of steps that say nothing new. */
const quietSeconds = 5

export class RunLines {
  #pace = new Pace()
  #told = 0

  of(event: RunEvent): string[] {
    const { stage } = event
    switch (event.kind) {
      case 'began':
        this.#pace = new Pace()
        this.#told = 0
        return [`${stage}: ${event.resumed ? 'goes on' : 'begins'}`]
      case 'step':
        return this.#step(event.event)
      case 'done':
        return [`${stage}: done in ${clock(this.#pace.seconds)}${scores(event.results)}`, `  ${event.folder}`]
      case 'skipped':
        return [`${stage}: skipped, it is done${scores(event.results)}`, `  ${event.folder}`]
    }
  }

  #step(event: StepEvent): string[] {
    const { step, steps, evaluation } = event
    this.#pace.add(event)
    const { seconds } = this.#pace
    if (!evaluation && step !== steps && this.#told > 0 && seconds - this.#told < quietSeconds) return []
    this.#told = seconds
    return [stepLine(event, this.#pace)]
  }
}

/** `  step 1 of 100, contrastive 1.2346, lr 0.0000500, 640.0 rows/s, 0:10 left` */
function stepLine({ step, steps, losses, lr, evaluation, best }: StepEvent, pace: Pace): string {
  const parts = [
    `step ${step} of ${steps}`,
    ...numbers(losses),
    `lr ${lr.toPrecision(3)}`,
    pace.rate,
    pace.left ?? [],
    ...numbers(evaluation ?? {}),
    ...(best ? ['best so far'] : []),
  ]
  return `  ${parts.flat().join(', ')}`
}

/** `contrastive 1.2346` */
export const numbers = (named: Readonly<Record<string, number>>) =>
  Object.entries(named).map(([name, value]) => `${name} ${value.toFixed(4)}`)

/** What a stage gained, where that was looked at: `, spearman 0.1234 to 0.5678`. */
function scores({ before, after }: { readonly before?: unknown; readonly after?: unknown }): string {
  const [was, is] = [before, after].map(one => Object(one) as Record<string, unknown>)
  return Object.keys(is ?? {})
    .filter(name => typeof was?.[name] === 'number' && typeof is?.[name] === 'number' && name !== 'n')
    .map(name => `, ${name} ${Number(was?.[name]).toFixed(4)} to ${Number(is?.[name]).toFixed(4)}`)
    .join('')
}
