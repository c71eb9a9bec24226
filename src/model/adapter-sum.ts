// Weighted sums of a model's adapters, as callers give them.
import { XlingError } from '../binding/errors.js'
import type { NativeModel, NativeTerm } from '../binding/native-types.js'
import { type Adapter, handleOf } from './adapter.js'

/** One adapter, or adapters with their weights, any finite numbers: what they add is added up, never normalised. */
export type AdapterSum = Adapter | readonly (readonly [Adapter, number])[]

/** Without what has weight 0, which adds nothing. @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_DISPOSED` */
export function nativeSum(where: string, sum: AdapterSum, model: NativeModel): NativeTerm[] {
  const terms = weighted(where, sum).map(([adapter, weight], i) => ({
    adapter: handleOf(Array.isArray(sum) ? `${where}: terms[${i}]` : where, adapter, model),
    weight,
  }))
  return terms.filter(({ weight }) => weight !== 0)
}

/** @throws XlingError `ERR_INVALID_ARGUMENT` for what is no list of pairs with finite weights, one at least */
export function weighted(where: string, sum: AdapterSum): readonly (readonly [Adapter, number])[] {
  if (!Array.isArray(sum)) return [[sum as Adapter, 1]]
  if (sum.length === 0)
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: give one adapter at least, with its weight`)
  for (const [i, term] of sum.entries()) {
    if (!Array.isArray(term) || term.length !== 2)
      throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: terms[${i}] must be a pair, [adapter, weight]`)
    if (!Number.isFinite(term[1]))
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        `${where}: the weight of terms[${i}] is ${term[1]} but must be a finite number`,
      )
  }
  return sum
}
