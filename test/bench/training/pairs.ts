// The recipe's own rows: sentences and English ones that follow from them, as prompts with their answers.
import { existsSync } from 'node:fs'
import type { Tokenizer } from 'xling'
import { packExamples } from '#xling/data/collate'
import { entailments } from '#xling/data/formats/entailments'
import { type Pair, pairOf } from '#xling/data/formats/pair-format'
import { readCsv } from '#xling/data/sources/csv'
import { renderExample } from '#xling/prompt/render'
import { plain } from '#xling/prompt/templates/plain'
import { PeerAbsent } from '../peers/peer-process.js'
import type { Step } from './request.js'

const closing = '<end_of_turn>'
const maxTokens = 512

/** `XLING_BENCH_PAIRS`. Throws PeerAbsent where there is no such file. */
export function pairsPath(): string {
  const wanted = `a csv file with columns ${entailments.columns.join(' and ')}`
  const path = process.env.XLING_BENCH_PAIRS
  if (!path) throw new PeerAbsent(`set XLING_BENCH_PAIRS to ${wanted}`)
  if (!existsSync(path)) throw new PeerAbsent(`XLING_BENCH_PAIRS is ${path}, which is not there; set it to ${wanted}`)
  return path
}

/** The first `count` of a file, which must have so many. */
export async function readPairs(path: string, count: number): Promise<Pair[]> {
  const pairs: Pair[] = []
  for await (const row of readCsv(path, { columns: entailments.columns, limit: count }))
    pairs.push(pairOf(entailments, row))
  if (pairs.length < count) throw new Error(`${path} has ${pairs.length} pairs of sentences, and ${count} are needed`)
  return pairs
}

/** The rows of one step. */
export function packed(tokenizer: Tokenizer, pairs: readonly Pair[]): Pick<Step, 'ids' | 'offsets' | 'labels'> {
  const [closingId, ...more] = tokenizer.encode(closing, { addSpecial: false, parseSpecial: true })
  if (closingId === undefined || more.length > 0) throw new Error(`${closing} is no control token of the model`)
  const { ids, offsets, labels } = packExamples(
    pairs.map(({ anchor, target }, key) => {
      const sentences = { sentence: anchor, answer: target }
      return { ...renderExample(tokenizer, plain.positive, sentences, { maxTokens, closingId }), key }
    }),
  )
  return { ids, offsets, labels }
}
