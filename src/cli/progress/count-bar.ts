// A bar for things that are done one after the other.
import type { SingleBar } from 'cli-progress'
import { barLine, drawsOn } from './bar-line.js'
import { clock } from './pace.js'

/** Nothing where no bar can be drawn. */
export class CountBar {
  readonly #begun = performance.now()
  readonly #bar: SingleBar | undefined
  readonly #all: number
  #done = 0

  constructor(stream: NodeJS.WriteStream, what: string, all: number) {
    this.#all = all
    if (!drawsOn(stream)) return
    this.#bar = barLine(stream, `[{bar}] {percentage}% {value}/{total} ${what}{tail}`)
    this.#bar.start(all, 0, { tail: '' })
  }

  add(count: number): void {
    this.#done += count
    const seconds = (performance.now() - this.#begun) / 1000
    const rate = this.#done / seconds
    this.#bar?.update(this.#done, { tail: `, ${rate.toFixed(1)}/s, ${clock((this.#all - this.#done) / rate)} left` })
  }

  clear(): void {
    this.#bar?.stop()
  }

  [Symbol.dispose](): void {
    this.clear()
  }
}
