// Vectors of texts, in order, whatever way they are cut into batches.
import { XlingError } from '../binding/errors.js'
import { type PackedIds, packRows } from '../tokenizer/packed.js'
import type { Tokenizer } from '../tokenizer/tokenizer.js'

export interface TextBatches {
  readonly tokenizer: Tokenizer
  readonly maxTokens: number
  /** Texts of a batch at most. */
  readonly batchSize: number
}

// Texts that are tokenized at once, so that this thread is never held for long and rows of like length meet.
const windowSize = 512
// Of a batch: as much as keeps a matrix product busy.
const batchTokens = 4096

/**
 * `[N, width]`, row-major, through `embed`, which makes the vectors of some rows.
 * @param texts `prompt` and all
 */
export async function encodeTexts(
  texts: readonly string[],
  width: number,
  { tokenizer, maxTokens, batchSize }: TextBatches,
  embed: (rows: PackedIds) => Promise<Float32Array>,
): Promise<Float32Array> {
  const out = new Float32Array(texts.length * width)
  for (let begin = 0; begin < texts.length; begin += windowSize) {
    const { ids, offsets } = tokenizer.encodeBatch(texts.slice(begin, begin + windowSize), { maxTokens })
    const rows = Array.from({ length: offsets.length - 1 }, (_, i) => ({
      place: begin + i,
      ids: ids.subarray(offsets[i], offsets[i + 1]),
    }))
    for (const batch of inBatches(rows, batchSize)) {
      const vectors = await embed(packRows(batch.map(row => row.ids)))
      for (const [i, { place }] of batch.entries()) out.set(vectors.subarray(i * width, (i + 1) * width), place * width)
    }
  }
  return out
}

/** Longest first: what does not fit shows at once. */
function* inBatches<Row extends { ids: Int32Array }>(rows: Row[], batchSize: number): Generator<Row[], void> {
  let batch: Row[] = []
  let tokens = 0
  for (const row of rows.sort((a, b) => b.ids.length - a.ids.length)) {
    if (batch.length === batchSize || (batch.length > 0 && tokens + row.ids.length > batchTokens)) {
      yield batch
      batch = []
      tokens = 0
    }
    batch.push(row)
    tokens += row.ids.length
  }
  if (batch.length > 0) yield batch
}

/** @throws XlingError `ERR_INVALID_ARGUMENT` */
export function checkTexts(where: string, texts: readonly string[]): void {
  if (!Array.isArray(texts)) throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: texts must be an array of strings`)
  const at = texts.findIndex(text => typeof text !== 'string')
  if (at >= 0) throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: texts[${at}] must be a string`)
}

/** Every row to length 1, in place; one of zeros stays. */
export function normalizeRows(vectors: Float32Array, width: number): Float32Array {
  for (let begin = 0; begin < vectors.length; begin += width) {
    const row = vectors.subarray(begin, begin + width)
    let squares = 0
    for (const value of row) squares += value * value
    // As torch.nn.functional.normalize.
    const length = Math.max(Math.sqrt(squares), 1e-12)
    for (let i = 0; i < width; i++) row[i] = (row[i] ?? 0) / length
  }
  return vectors
}
