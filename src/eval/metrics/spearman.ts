// Spearman's rank correlation.
import { XlingError } from '../../binding/errors.js'
import { type BootstrapOptions, bootstrapInterval } from './bootstrap.js'

/**
 * Spearman's rho, -1…1: Pearson's correlation of ranks, where equal values share the mean of their ranks.
 * @param x of any scale, as many as y, 2 or more
 * @throws XlingError `ERR_INVALID_SHAPE` for lists of different lengths, `ERR_INVALID_ARGUMENT` for fewer than two values
 * or for a list whose values are all the same, `ERR_NON_FINITE`
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return correlation(x, y).rho
}

/** With a 95 % bootstrap interval. A resample of which one side is constant has no rho and is drawn again. */
export function spearmanWithInterval(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  options?: BootstrapOptions,
): { spearman: number; interval: [low: number, high: number] } {
  const { rho, ofRows } = correlation(x, y)
  return { spearman: rho, interval: bootstrapInterval(x.length, ofRows, options) }
}

function correlation(x: ArrayLike<number>, y: ArrayLike<number>) {
  if (x.length !== y.length)
    throw new XlingError('ERR_INVALID_SHAPE', `spearman: ${x.length} values stand beside ${y.length}; give pairs`)
  if (x.length < 2)
    throw new XlingError('ERR_INVALID_ARGUMENT', `spearman: a correlation of ${x.length} pairs is none; give 2 or more`)
  const [first, second] = [levelsOf('first', x), levelsOf('second', y)]
  const ofRows = (rows: Uint32Array) => pearson(rows, [first, second])
  const rho = ofRows(Uint32Array.from(first.levels.keys()))
  if (rho === undefined) throw new XlingError('ERR_INTERNAL', 'spearman: two lists that vary have no correlation')
  return { rho, ofRows }
}

/** A list as places in the order of its different values: what ranks in any choice of its rows are counted by. */
interface Levels {
  readonly levels: Uint32Array
  readonly count: number
}

function levelsOf(which: 'first' | 'second', values: ArrayLike<number>): Levels {
  const list = Array.from(values)
  const at = list.findIndex(value => !Number.isFinite(value))
  if (at >= 0)
    throw new XlingError('ERR_NON_FINITE', `spearman: the ${which} list has ${list[at]} at ${at}; give finite numbers`)
  const different = [...new Set(list)].sort((a, b) => a - b)
  if (different.length === 1)
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `spearman: all ${list.length} values of the ${which} list are ${different[0]}, and what does not vary correlates ` +
        'with nothing; give values that differ',
    )
  const levelOf = new Map(different.map((value, level) => [value, level]))
  return { levels: Uint32Array.from(list, value => levelOf.get(value) ?? 0), count: different.length }
}

/** Of the ranks that `rows` have among themselves; undefined where one side is constant. */
function pearson(rows: Uint32Array, [first, second]: readonly [Levels, Levels]): number | undefined {
  const [rankA, rankB] = [doubledRanks(first, rows), doubledRanks(second, rows)]
  let [both, ofA, ofB] = [0, 0, 0]
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0
    const a = rankA[first.levels[row] ?? 0] ?? 0
    const b = rankB[second.levels[row] ?? 0] ?? 0
    both += a * b
    ofA += a * a
    ofB += b * b
  }
  return ofA > 0 && ofB > 0 ? both / Math.sqrt(ofA * ofB) : undefined
}

/**
 * By level: twice the rank that these rows give it, less twice their mean rank. Whole numbers up to the count of rows, so
 * that sums over their squares are exact for two hundred thousand rows.
 */
function doubledRanks({ levels, count }: Levels, rows: Uint32Array): Float64Array {
  const ranks = new Float64Array(count)
  for (let i = 0; i < rows.length; i++) {
    const level = levels[rows[i] ?? 0] ?? 0
    ranks[level] = (ranks[level] ?? 0) + 1
  }
  let before = 0
  // Ranks before + 1 … before + equal have the mean before + (equal + 1) / 2, and all ranks (rows + 1) / 2.
  for (let level = 0; level < count; level++) {
    const equal = ranks[level] ?? 0
    ranks[level] = 2 * before + equal - rows.length
    before += equal
  }
  return ranks
}
