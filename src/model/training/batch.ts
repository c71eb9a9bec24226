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

/** Rows of which some tokens are to be guessed: supervised fine-tuning, masked tokens. */
export interface LabelledBatch extends Packed {
  /**
   * `[T]`, aligned with ids; -100 is no label. `'sft'` guesses the one at t from t - 1, so a row's first is ignored,
   * `'masked-lm'` each from its own place.
   */
  labels: Int32Array
}

/** Sentences, row i of each belonging to anchor i. A sentence that is its own positive is dropped from in two ways. */
export interface ContrastiveBatch {
  anchors: PackedRows
  positives: PackedRows
  /** None, one for each anchor, or several. */
  negatives?: PackedRows | readonly PackedRows[]
}

/** Without keys, a positive or negative has its anchor's. */
export type PackedRows = Omit<Packed, 'adapters'>

/** @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_SHAPE`, `ERR_UNKNOWN_OPTION` */
export function labelledBatch(model: NativeModel, batch: LabelledBatch, adapter: Adapter | undefined): NativeBatch {
  checkOptions('accumulate: batch', batch, ['ids', 'offsets', 'labels', 'keys', 'adapters'])
  const { ids, offsets, labels, keys = new Int32Array(0), adapters } = batch
  checkArrays('accumulate: batch', { ids, offsets, labels, keys })
  const rows = Math.max(0, offsets.length - 1)
  if (adapter && adapters)
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      'accumulate: give one adapter for all rows or batch.adapters, not both',
    )
  return { ids, offsets, labels, keys: inWords(keys), ...ofRows(model, adapters ?? all(rows, adapter)) }
}

/**
 * All rows one after another: anchors, positives, negatives.
 * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_SHAPE`, `ERR_UNKNOWN_OPTION`
 */
export function contrastiveBatch(
  model: NativeModel,
  batch: ContrastiveBatch,
  adapter: Adapter | undefined,
): { rows: NativeBatch; anchors: number } {
  checkOptions('accumulate: batch', batch, ['anchors', 'positives', 'negatives'])
  const { anchors, positives, negatives = [] } = batch
  const several = Array.isArray(negatives) ? (negatives as readonly PackedRows[]) : [negatives as PackedRows]
  const blocks: [string, PackedRows][] = [
    ['anchors', anchors],
    ['positives', positives],
    ...several.map((one, i): [string, PackedRows] => [several.length > 1 ? `negatives[${i}]` : 'negatives', one]),
  ]
  for (const [name, block] of blocks) checkBlock(`accumulate: batch: ${name}`, block, anchors)
  const count = anchors.offsets.length - 1
  const ids = new Int32Array(blocks.reduce((sum, [, block]) => sum + block.ids.length, 0))
  const offsets = new Int32Array(blocks.length * count + 1)
  let begin = 0
  for (const [at, [, block]] of blocks.entries()) {
    ids.set(block.ids, begin)
    for (let row = 0; row <= count; row++) offsets[at * count + row] = begin + (block.offsets[row] ?? 0)
    begin += block.ids.length
  }
  const keys = blocks.flatMap(([, block]) => [...inWords(block.keys ?? anchors.keys ?? new Int32Array(0))])
  const rows = {
    ids,
    offsets,
    labels: new Int32Array(0),
    keys: Int32Array.from(keys),
    ...ofRows(model, all(blocks.length * count, adapter)),
  }
  return { rows, anchors: count }
}

function checkBlock(where: string, block: PackedRows, anchors: PackedRows): void {
  checkOptions(where, block, ['ids', 'offsets', 'keys'])
  const { ids, offsets, keys = new Int32Array(0) } = block
  checkArrays(where, { ids, offsets, keys })
  const rows = offsets.length - 1
  const wanted = anchors.offsets.length - 1
  if (rows < 1) throw new XlingError('ERR_INVALID_SHAPE', `${where} have no row; give one sentence at least`)
  if (rows !== wanted)
    throw new XlingError(
      'ERR_INVALID_SHAPE',
      `${where} are ${rows} rows but there are ${wanted} anchors; each needs its own`,
    )
  if (block.keys && keys.length !== rows)
    throw new XlingError(
      'ERR_INVALID_SHAPE',
      `${where}: there are ${keys.length} keys for ${rows} rows; each row needs one`,
    )
  if (anchors.keys === undefined && block.keys !== undefined)
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `${where} have keys, but the anchors have none; give the anchors theirs, too`,
    )
  if (offsets[rows] !== ids.length)
    throw new XlingError(
      'ERR_INVALID_SHAPE',
      `${where}: offsets end at ${offsets[rows]} but there are ${ids.length} ids; the last offset is their number`,
    )
}

function checkArrays(where: string, arrays: Record<string, unknown>): void {
  for (const [name, array] of Object.entries(arrays))
    if (!(array instanceof Int32Array))
      throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: ${name} must be an Int32Array`)
}

const all = (rows: number, adapter: Adapter | undefined) => new Array<Adapter | null>(rows).fill(adapter ?? null)

function ofRows(model: NativeModel, adapters: readonly (Adapter | null)[]) {
  const handles = [...new Set(adapters)].filter(one => one !== null)
  return {
    adapters: handles.map(one => trainableHandleOf('accumulate: adapter', one, model)),
    rowAdapters: Int32Array.from(adapters, one => (one === null ? -1 : handles.indexOf(one))),
  }
}

// Each as 64 bits, the sign carried on: low and high words.
function inWords(keys: Int32Array): Int32Array {
  return Int32Array.from({ length: 2 * keys.length }, (_, i) => {
    const key = keys[i >> 1] ?? 0
    return i & 1 ? key >> 31 : key
  })
}
