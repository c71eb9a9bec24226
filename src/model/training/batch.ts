// Rows to learn from, as they reach the engine.
import { XlingError } from '../../binding/errors.js'
import type { NativeBatch, NativeModel } from '../../binding/native-types.js'
import { checkOptions } from '../../binding/options.js'
import type { PackedIds } from '../../tokenizer/packed.js'
import { type Adapter, trainableHandleOf } from '../adapter.js'

/** Rows of token ids without padding, and whose they are. */
export interface Packed extends PackedIds {
  /** `[B]`: what a row's random stream follows, wherever the row stands; default: the rows seen since `zeroGrad()`. */
  keys?: Int32Array
  /** `[B]`: the adapter that a row goes through, null for none; instead of one for all. */
  adapters?: readonly (Adapter | null)[]
}

/** Supervised fine-tuning. */
export interface SftBatch extends Packed {
  /** `[T]`, aligned with ids: the one at t is guessed from t - 1, so a row's first is ignored; -100 is no label. */
  labels: Int32Array
}

/** @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_SHAPE`, `ERR_UNKNOWN_OPTION` */
export function nativeBatch(model: NativeModel, batch: SftBatch, adapter: Adapter | undefined): NativeBatch {
  checkOptions('accumulate: batch', batch, ['ids', 'offsets', 'labels', 'keys', 'adapters'])
  const { ids, offsets, labels, keys = new Int32Array(0), adapters } = batch
  for (const [name, array] of Object.entries({ ids, offsets, labels, keys }))
    if (!(array instanceof Int32Array))
      throw new XlingError('ERR_INVALID_ARGUMENT', `accumulate: batch: ${name} must be an Int32Array`)
  const rows = Math.max(0, offsets.length - 1)
  if (adapter && adapters)
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      'accumulate: give one adapter for all rows or batch.adapters, not both',
    )
  const ofRows = adapters ?? new Array<Adapter | null>(rows).fill(adapter ?? null)
  const handles = [...new Set(ofRows)].filter(one => one !== null)
  return {
    ids,
    offsets,
    labels,
    keys: Int32Array.from({ length: 2 * keys.length }, (_, i) => keyWord(keys[i >> 1] ?? 0, i & 1)),
    adapters: handles.map(one => trainableHandleOf('accumulate: adapter', one, model)),
    rowAdapters: Int32Array.from(ofRows, one => (one === null ? -1 : handles.indexOf(one))),
  }
}

// 64 bits of a whole number, the sign carried on.
function keyWord(key: number, word: number): number {
  return word === 0 ? key : key >> 31
}
