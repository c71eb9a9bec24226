// A run's events as lines to read.
import type { RunEvent } from '../../pipeline/run-event.js'
import { type Advance, advanceOf } from './advance.js'
import { clock, Pace } from './pace.js'

/** Between two lines that say nothing new. */
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
      case 'sentence':
        return this.#advance(advanceOf(event) as Advance)
      case 'done':
        return [`${stage}: done in ${clock(this.#pace.seconds)}${scores(event.results)}`, `  ${event.folder}`]
      case 'skipped':
        return [`${stage}: skipped, it is done${scores(event.results)}`, `  ${event.folder}`]
    }
  }

  #advance(advance: Advance): string[] {
    const { done, all, found } = advance
    this.#pace.add(advance)
    const { seconds } = this.#pace
    const quiet = found.length === 0 && done !== all
    if (quiet && this.#told > 0 && seconds - this.#told < quietSeconds) return []
    this.#told = seconds
    return [lineOf(advance, this.#pace)]
  }
}

/** `  step 1 of 100, contrastive 1.2346, lr 0.0000500, 640.0 rows/s, 0:10 left` */
function lineOf({ unit, done, all, said, besides, found }: Advance, pace: Pace): string {
  const parts = [`${unit} ${done} of ${all}`, ...said, ...besides, pace.rate, pace.left ?? [], ...found]
  return `  ${parts.flat().join(', ')}`
}

/** What a stage gained, where that was looked at: `, spearman 0.1234 to 0.5678`. */
function scores({ before, after }: { readonly before?: unknown; readonly after?: unknown }): string {
  const [was, is] = [before, after].map(one => Object(one) as Record<string, unknown>)
  return Object.keys(is ?? {})
    .filter(name => typeof was?.[name] === 'number' && typeof is?.[name] === 'number' && name !== 'n')
    .map(name => `, ${name} ${Number(was?.[name]).toFixed(4)} to ${Number(is?.[name]).toFixed(4)}`)
    .join('')
}
