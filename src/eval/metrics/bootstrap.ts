// How far a statistic could be off, by drawing from its own sample.
import { XlingError } from '../../binding/errors.js'
import { type FourWords, keyOf, philox } from '../../data/philox.js'

export interface BootstrapOptions {
  /** Of the draws, a whole number, 0 or more. Default 0. */
  readonly seed?: number
  /** Samples that are drawn, 1 or more. Default 1000. */
  readonly resamples?: number
}

/** Redrawing ends here: the statistic has no value at all. */
const mostUndefined = 100

/**
 * The 95 % percentile interval (Efron 1979; Efron & Tibshirani 1993, eq. 13.5): each resample draws `rows` of the sample's
 * rows, with replacement, and the interval is from the 2.5th to the 97.5th percentile of what the statistic is on them.
 * The same seed gives the same interval on every machine.
 * @param rows of the sample, 1 or more
 * @param statistic of drawn rows, which it must not keep: the array is used again. Where it has no value, as a correlation
 * has none where all rows are the same one, it gives undefined, and another resample is drawn
 * @throws XlingError `ERR_INVALID_ARGUMENT`, also where it has a value on none of many resamples
 */
export function bootstrapInterval(
  rows: number,
  statistic: (drawn: Uint32Array) => number | undefined,
  options: BootstrapOptions = {},
): [low: number, high: number] {
  checkBootstrap('bootstrapInterval', options)
  const { seed = 0, resamples = 1000 } = options
  const draw = drawer(rows, seed)
  const values = Float64Array.from({ length: resamples }, () => {
    for (let tries = 0; tries < mostUndefined; tries++) {
      const value = statistic(draw())
      if (value !== undefined) return value
    }
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `bootstrapInterval: the statistic has no value on any of ${mostUndefined} resamples of ${rows} rows; give rows that differ`,
    )
  }).sort()
  return [percentile(values, 0.025), percentile(values, 0.975)]
}

/** @throws XlingError `ERR_INVALID_ARGUMENT` */
export function checkBootstrap(where: string, { seed, resamples }: BootstrapOptions): void {
  checkWhole(`${where}: seed`, seed, 0)
  checkWhole(`${where}: resamples`, resamples, 1)
}

function checkWhole(what: string, value: unknown, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= least)) return
  throw new XlingError('ERR_INVALID_ARGUMENT', `${what} is ${value} but must be a whole number from ${least}`)
}

/**
 * Gives the next resample. The counter is (block of four words, resample), the key is the seed. A remainder makes no row
 * likelier than another by more than one part in 2³² / rows.
 */
function drawer(rows: number, seed: number): () => Uint32Array {
  const drawn = new Uint32Array(rows)
  const key = keyOf(seed)
  let resample = 0
  return () => {
    let words: FourWords = [0, 0, 0, 0]
    for (let row = 0; row < rows; row++) {
      if (row % 4 === 0) words = philox([row / 4, resample, 0, 0], key)
      drawn[row] = (words[row % 4] ?? 0) % rows
    }
    resample++
    return drawn
  }
}

/** Between the two nearest, as numpy's default (definition 7 of Hyndman & Fan 1996). */
function percentile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const [low = 0, high = low] = sorted.subarray(below, below + 2)
  return low + (place - below) * (high - low)
}
