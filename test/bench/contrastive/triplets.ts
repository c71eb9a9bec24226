// Real triplets: pairs of files of sentences, joined on the anchor.
import { dirname, join } from 'node:path'
import type { Tokenizer } from 'xling'
import type { SchemaId } from '#xling/data/formats/index'
import { readExamples } from '#xling/data/read-examples'
import { pairsPath } from '../training/pairs.js'

export interface Triplet {
  readonly anchor: string
  readonly positive: string
  readonly negative: string
}

/** That of `XLING_BENCH_PAIRS`, and neg.csv beside it. */
export function tripletFiles(): { positives: string; negatives: string } {
  const positives = pairsPath()
  return { positives, negatives: join(dirname(positives), 'neg.csv') }
}

/** The first `count`, in the order of the positives; there must be so many. */
export async function readTriplets(files: ReturnType<typeof tripletFiles>, count: number): Promise<Triplet[]> {
  const negatives = new Map(await readAll(files.negatives, 'contradictions'))
  const triplets: Triplet[] = []
  for (const [anchor, positive] of await readAll(files.positives, 'entailments')) {
    const negative = negatives.get(anchor)
    if (negative !== undefined) triplets.push({ anchor, positive, negative })
  }
  if (triplets.length < count) throw new Error(`there are ${triplets.length} triplets, and ${count} are needed`)
  return triplets.slice(0, count)
}

async function readAll(path: string, schema: SchemaId): Promise<[string, string][]> {
  const { examples } = await readExamples({ path, schema }, { kinds: ['pair'], where: 'triplets' })
  return examples.map(({ anchor, target }) => [anchor, target])
}

/** Anchors, then positives, then negatives. */
export function stacked(tokenizer: Tokenizer, triplets: readonly Triplet[], maxTokens: number) {
  const sides = (['anchor', 'positive', 'negative'] as const).flatMap(side => triplets.map(triplet => triplet[side]))
  return tokenizer.encodeBatch(sides, { maxTokens })
}
