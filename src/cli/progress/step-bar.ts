// A bar for the stage that runs, on a terminal.
import type { SingleBar } from 'cli-progress'
import type { RunEvent } from '../../pipeline/run-event.js'
import { advanceOf } from './advance.js'
import { barLine } from './bar-line.js'
import { Pace } from './pace.js'

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
    const advance = advanceOf(event)
    if (!advance) return
    const { stage } = event
    const { unit, done, all, said, found } = advance
    this.#pace.add(advance)
    if (found.length > 0) {
      this.clear()
      this.#stream.write(`${stage}: ${unit} ${done} of ${all}, ${found.join(', ')}\n`)
    }
    const payload = {
      stage,
      tail: [...said, this.#pace.rate, this.#pace.left ?? (done < all ? '…' : 'at the end')].join(', '),
    }
    if (this.#drawn) this.#bar.update(done, payload)
    else this.#bar.start(all, done, payload)
    this.#drawn = true
  }

  /** Takes it off the terminal, for something else to be written there. */
  clear(): void {
    if (this.#drawn) this.#bar.stop()
    this.#drawn = false
  }

  [Symbol.dispose](): void {
    this.clear()
  }
}
