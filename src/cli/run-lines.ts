// A run's events as lines to read.
import type { RunEvent } from '../pipeline/run-event.js'
import type { StepEvent } from '../train/step-event.js'

/** Between two lines of steps that say nothing new. */
const quietSeconds = 5

/** Keeps what it needs to tell how fast a stage is, and when it will be over. */
export class RunLines {
  #begun = 0
  #told = 0
  #rows = 0
  #steps = 0

  of(event: RunEvent): string[] {
    const { stage } = event
    switch (event.kind) {
      case 'began':
        this.#begun = performance.now()
        this.#told = 0
        this.#rows = 0
        this.#steps = 0
        return [`${stage}: ${event.resumed ? 'goes on' : 'begins'}`]
      case 'step':
        return this.#step(event.event)
      case 'sentence':
        return []
      case 'done':
        return [
          `${stage}: done in ${clock((performance.now() - this.#begun) / 1000)}${scores(event.results)}`,
          `  ${event.folder}`,
        ]
      case 'skipped':
        return [`${stage}: skipped, it is done${scores(event.results)}`, `  ${event.folder}`]
    }
  }

  #step({ step, steps, losses, lr, rows, evaluation, best }: StepEvent): string[] {
    this.#rows += rows
    this.#steps += 1
    const seconds = (performance.now() - this.#begun) / 1000
    if (!evaluation && step !== steps && this.#told > 0 && seconds - this.#told < quietSeconds) return []
    this.#told = seconds
    const parts = [
      `step ${step} of ${steps}`,
      ...Object.entries(losses).map(([name, loss]) => `${name} ${loss.toFixed(4)}`),
      `lr ${lr.toPrecision(3)}`,
      `${(this.#rows / seconds).toFixed(1)} rows/s`,
      ...(step < steps ? [`${clock(((steps - step) * seconds) / this.#steps)} left`] : []),
      ...Object.entries(evaluation ?? {}).map(([name, value]) => `${name} ${value.toFixed(4)}`),
      ...(best ? ['best so far'] : []),
    ]
    return [`  ${parts.join(', ')}`]
  }
}

/** `1:02:03`, or `2:03`. */
function clock(seconds: number): string {
  const whole = Math.round(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (number: number) => String(number).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** What a stage gained, where that was looked at: `, spearman 0.1234 to 0.5678`. */
function scores({ before, after }: { readonly before?: unknown; readonly after?: unknown }): string {
  const [was, is] = [before, after].map(one => Object(one) as Record<string, unknown>)
  return Object.keys(is ?? {})
    .filter(name => typeof was?.[name] === 'number' && typeof is?.[name] === 'number' && name !== 'n')
    .map(name => `, ${name} ${Number(was?.[name]).toFixed(4)} to ${Number(is?.[name]).toFixed(4)}`)
    .join('')
}
