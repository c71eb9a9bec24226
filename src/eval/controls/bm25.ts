// What ranking by common words comes to.
import { type Ranking, type RankOptions, TopDocuments } from '../retrieval/top-documents.js'
import type { RetrievalFolder } from '../tasks/beir/folder.js'

/** Anserini's defaults, by which BEIR's baseline is made. */
const [k1, b] = [0.9, 0.4]

/** A word of the queries in the corpus: of each document that has it, the number and how often. */
interface Postings {
  readonly documents: number[]
  readonly counts: number[]
}

/**
 * By query, the documents that share a word with it, by BM25 as Lucene has it, with the documents' exact lengths
 * (Kamphuis et al. 2020, "Which BM25 do you mean?", table 1: Lucene (accurate)): the sum over the query's words of
 * ln(1 + (N - df + 0.5) / (df + 0.5)) · tf / (tf + k1 · (1 - b + b · length / mean length)), a word counted as often as the
 * query has it. Words are runs of letters, marks and digits in lower case, without stemming and stop words, which few
 * languages have.
 * @throws XlingError what reading the corpus again does; the signal's reason
 */
export async function rankByBm25(folder: RetrievalFolder, { depth, signal }: RankOptions): Promise<Ranking[]> {
  const asked = folder.queries.map(({ text }) => wordsOf(text))
  const postings = new Map(asked.flat().map(word => [word, { documents: [], counts: [] } as Postings]))
  const lengths = await post(folder.texts(), postings)
  const weights = lengthWeights(lengths)
  const top = new TopDocuments(folder.queries, folder.documents, depth)
  const scores = new Float64Array(lengths.length)
  for (const [query, words] of asked.entries()) {
    signal?.throwIfAborted()
    for (const document of addScores(scores, words, { postings, weights })) {
      top.offer(query, document, scores[document] ?? 0)
      scores[document] = 0
    }
  }
  return top.rankings()
}

/** @returns words by document */
async function post(texts: AsyncIterable<string>, postings: ReadonlyMap<string, Postings>): Promise<number[]> {
  const lengths: number[] = []
  for await (const text of texts) {
    const words = wordsOf(text)
    const document = lengths.push(words.length) - 1
    for (const word of words) {
      const of = postings.get(word)
      if (!of) continue
      const { documents, counts } = of
      const last = documents.length - 1
      if (documents[last] === document) counts[last] = (counts[last] ?? 0) + 1
      else counts[documents.push(document) - 1] = 1
    }
  }
  return lengths
}

/** k1 · (1 - b + b · length / mean length) by document. */
function lengthWeights(lengths: readonly number[]): Float64Array {
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  // Where the mean is 0, no document has a word that would be weighed.
  return Float64Array.from(lengths, length => k1 * (1 - b + (b * length) / mean))
}

/** @returns the documents whose score is no longer 0 */
function addScores(
  scores: Float64Array,
  words: readonly string[],
  { postings, weights }: { postings: ReadonlyMap<string, Postings>; weights: Float64Array },
): number[] {
  const touched: number[] = []
  for (const word of words) {
    const { documents = [], counts = [] } = postings.get(word) ?? {}
    const rarity = Math.log(1 + (scores.length - documents.length + 0.5) / (documents.length + 0.5))
    for (const [at, document] of documents.entries()) {
      const [before = 0, count = 0, weight = 0] = [scores[document], counts[at], weights[document]]
      if (before === 0) touched.push(document)
      scores[document] = before + (rarity * count) / (count + weight)
    }
  }
  return touched
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
