// Rows of which some tokens are to be guessed.
import { type LabelledRow, packExamples } from '../../data/collate.js'
import type { LabelledBatch } from '../../model/training/batch.js'
import type { Batch } from './objective.js'

/** Tokens that go through the engine at once: a step's memory does not grow with the length of its rows. */
const mostTokens = 8192

type Learn = (batch: LabelledBatch, signal: AbortSignal | undefined) => Promise<{ loss: number; count: number }>

/**
 * Rows as one batch. Where they have too many tokens for one, the engine gets them in pieces; since it adds up sums, the
 * gradient is the same.
 */
export function labelledBatch(rows: readonly LabelledRow[], learn: Learn): Batch {
  return {
    rows: rows.length,
    tokens: rows.reduce((sum, { ids }) => sum + ids.length, 0),
    async accumulate(signal) {
      let [sum, count] = [0, 0]
      for (const piece of inPieces(rows)) {
        const learnt = await learn(packExamples(piece), signal)
        sum += learnt.loss * learnt.count
        count += learnt.count
      }
      return { loss: sum / count, count }
    },
  }
}

function* inPieces(rows: readonly LabelledRow[]): Generator<LabelledRow[], void> {
  let piece: LabelledRow[] = []
  let tokens = 0
  for (const row of rows) {
    if (piece.length > 0 && tokens + row.ids.length > mostTokens) {
      yield piece
      piece = []
      tokens = 0
    }
    piece.push(row)
    tokens += row.ids.length
  }
  yield piece
}
