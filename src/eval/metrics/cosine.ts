// Cosine similarity of rows.
import { XlingError } from '../../binding/errors.js'

/**
 * The cosine of each pair of rows, in f64; 0 where a row is all zeros. Equal rows have exactly 1, so that such pairs are
 * ties in a ranking.
 * @param vectors `[N, D]`
 * @param dimension D, 1 or more
 * @param pairs of rows, 0 … N - 1
 * @throws XlingError `ERR_INVALID_ARGUMENT` for a row that is not there, `ERR_NON_FINITE`
 */
export function cosines(
  vectors: Float32Array,
  dimension: number,
  pairs: readonly (readonly [first: number, second: number])[],
): Float64Array {
  return Float64Array.from(pairs, ([first, second]) => {
    const [a, b] = [rowOf(vectors, dimension, first), rowOf(vectors, dimension, second)]
    // One root of the product: for equal rows the root of a square, which is exact.
    const norms = Math.sqrt(dot(a, a, first) * dot(b, b, second))
    return norms > 0 ? dot(a, b, first) / norms : 0
  })
}

function rowOf(vectors: Float32Array, dimension: number, row: number): Float32Array {
  const begin = row * dimension
  if (Number.isInteger(row) && row >= 0 && begin + dimension <= vectors.length)
    return vectors.subarray(begin, begin + dimension)
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `cosines: there is no row ${row} in ${vectors.length} numbers of ${dimension} a row`,
  )
}

function dot(a: Float32Array, b: Float32Array, row: number): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  if (Number.isFinite(sum)) return sum
  throw new XlingError('ERR_NON_FINITE', `cosines: vector ${row} has a number that is not finite`)
}
