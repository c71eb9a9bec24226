// Random choices that follow from a seed, the same on every machine.
import { keyOf, philox } from '../../data/philox.js'

/** What a seed is used for, each a stream of its own. */
export const streams = {
  lexicon: 1,
  pretraining: 2,
  adapting: 3,
  synthesis: 4,
  heldOut: 5,
} as const

/** Sets these words apart from what else a seed is used for. */
const microWorld = 6

export class Draws {
  readonly #key: readonly [number, number]
  readonly #stream: number
  readonly #substream: number
  #drawn = 0
  #words: readonly number[] = []

  /** @param seed a whole number, 0 or more */
  constructor(seed: number, stream: keyof typeof streams, substream = 0) {
    this.#key = keyOf(seed)
    this.#stream = streams[stream]
    this.#substream = substream
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    const block = Math.floor(this.#drawn / 4)
    if (this.#drawn % 4 === 0) this.#words = philox([block, this.#stream, this.#substream, microWorld], this.#key)
    const word = this.#words[this.#drawn % 4] ?? 0
    this.#drawn += 1
    return Math.floor((word / 2 ** 32) * count)
  }

  chance(probability: number): boolean {
    return this.below(2 ** 32) < probability * 2 ** 32
  }

  /** One of them; there must be one. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }
}
