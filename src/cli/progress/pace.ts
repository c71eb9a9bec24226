// How fast a stage is, and when it will be over.
import type { Advance } from './advance.js'

/** Counts from when it is made: what was done before a run was interrupted says nothing of it. */
export class Pace {
  readonly #begun = performance.now()
  #rows = 0
  #counted = 0
  #left = 0

  add({ done, all, rows }: Advance): void {
    this.#rows += rows
    if (rows > 0) this.#counted += 1
    this.#left = all - done
  }

  get seconds(): number {
    return (performance.now() - this.#begun) / 1000
  }

  /** `123.4 rows/s` */
  get rate(): string {
    return `${(this.#rows / this.seconds).toFixed(1)} rows/s`
  }

  /** `2:03 left`; nothing at the end, or where nothing tells yet. */
  get left(): string | undefined {
    if (this.#left === 0 || this.#counted === 0) return undefined
    return `${clock((this.#left * this.seconds) / this.#counted)} left`
  }
}

/** `1:02:03`, or `2:03`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (number: number) => String(number).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}
