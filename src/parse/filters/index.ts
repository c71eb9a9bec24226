// What is not kept of what a model wrote, and why: filters in their order.
import { checkOptions } from '../../binding/options.js'
import type { Candidate, Whole } from './candidate.js'
import { KeptPairs } from './duplicate.js'
import { isEcho } from './echo.js'
import { isWhole } from './empty.js'
import { otherLength } from './length.js'
import { otherScript } from './script.js'

/**
 * Why a candidate is refused, in the order in which it is looked at:
 * - `empty`: an answer is missing
 * - `echo`: an answer is the sentence itself, or both answers are the same
 * - `script`: under 70 % of an answer's letters are of the script, or it has none
 * - `length`: an answer is much longer or shorter than the sentence
 * - `duplicate`: the sentence was kept with this positive before
 */
export const filterIds = ['empty', 'echo', 'script', 'length', 'duplicate'] as const

export type FilterId = (typeof filterIds)[number]

export interface FilterOptions {
  /** Of the answers, by its name in Unicode (`'Cyrillic'`, `'Han'`), or `'any'`. Default `'Latin'`. */
  script?: string
  /**
   * Characters of an answer over those of its sentence, or the reverse, at most; 1 or more. Texts count for at least 20
   * characters. Han needs about a third of English's. Default 4.
   */
  maxLengthRatio?: number
}

/**
 * Refuses candidates, and counts them by the first reason. What it says of one follows from that one alone, but for
 * duplicates, which depend on what was kept before.
 */
export class Filters {
  readonly #counts = Object.fromEntries(filterIds.map(id => [id, 0])) as Record<FilterId, number>
  readonly #kept = new KeptPairs()
  readonly #tests: readonly (readonly [FilterId, (candidate: Whole) => boolean])[]

  /** @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT` */
  constructor(options: FilterOptions = {}) {
    checkOptions('filters', options, ['script', 'maxLengthRatio'])
    const { script = 'Latin', maxLengthRatio = 4 } = options
    this.#tests = [
      ['echo', isEcho],
      ['script', script === 'any' ? () => false : otherScript(script)],
      ['length', otherLength(maxLengthRatio)],
      ['duplicate', candidate => this.#kept.has(candidate)],
    ]
  }

  /** The first reason to refuse it; undefined: it is kept. */
  refuses(candidate: Candidate): FilterId | undefined {
    const reason = this.#reason(candidate)
    if (reason === undefined) this.#kept.add(candidate)
    else this.#counts[reason] += 1
    return reason
  }

  /** How many were refused, by reason, since this was made. */
  get counts(): Readonly<Record<FilterId, number>> {
    return { ...this.#counts }
  }

  #reason(candidate: Candidate): FilterId | undefined {
    if (!isWhole(candidate)) return 'empty'
    return this.#tests.find(([, refuses]) => refuses(candidate))?.[0]
  }
}
