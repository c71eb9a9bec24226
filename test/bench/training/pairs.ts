// The recipe's own rows: sentences and English ones that follow from them, as prompts with their answers.
import { existsSync } from 'node:fs'
import type { Tokenizer } from 'xling'
import { packExamples } from '#xling/data/collate'
import { readExamples } from '#xling/data/read-examples'
import { renderExample } from '#xling/prompt/render'
import { plain } from '#xling/prompt/templates/plain'
import { PeerAbsent } from '../peers/peer-process.js'
import type { Step } from './request.js'

export interface Pair {
  readonly anchor: string
  readonly target: string
}

const maxTokens = 512

/** `XLING_BENCH_PAIRS`. Throws PeerAbsent where there is no such file. */
export function pairsPath(): string {
  const wanted = `a csv file with columns sent0 and sent1`
  const path = process.env.XLING_BENCH_PAIRS
  if (!path) throw new PeerAbsent(`set XLING_BENCH_PAIRS to ${wanted}`)
  if (!existsSync(path)) throw new PeerAbsent(`XLING_BENCH_PAIRS is ${path}, which is not there; set it to ${wanted}`)
  return path
}

/** The first `count` of a file, which must have so many. */
export async function readPairs(path: string, count: number): Promise<Pair[]> {
  const source = { path, schema: 'entailments', limit: count } as const
  const { examples } = await readExamples(source, { kinds: ['pair'], where: 'XLING_BENCH_PAIRS' })
  if (examples.length < count)
    throw new Error(`${path} has ${examples.length} pairs of sentences, and ${count} are needed`)
  return examples.map(({ anchor, target }) => ({ anchor, target }))
}

/** The rows of one step. */
export function packed(tokenizer: Tokenizer, pairs: readonly Pair[]): Pick<Step, 'ids' | 'offsets' | 'labels'> {
  const { ids, offsets, labels } = packExamples(
    pairs.map(({ anchor, target }, key) => {
      const sentences = { sentence: anchor, answer: target }
      return { ...renderExample(tokenizer, plain.positive, sentences, { maxTokens }), key }
    }),
  )
  return { ids, offsets, labels }
}
