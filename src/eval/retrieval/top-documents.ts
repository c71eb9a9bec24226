// The best documents of each query, of any number that come by.

/** Documents' ids, best first. */
export type Ranking = readonly string[]

/** What a ranker is asked for. */
export interface RankOptions {
  /** Documents that a ranking has at most, 1 or more. */
  readonly depth: number
  readonly signal?: AbortSignal | undefined
}

interface Kept {
  readonly documents: Uint32Array
  readonly scores: Float32Array
  /** How many of them there are. */
  count: number
}

/**
 * Ranks as trec_eval does: by score, which is an f32 there too, and documents of one score by id, the last first. (Ids are
 * compared by UTF-16 units and not by bytes, which differs only beyond U+FFFF.) That is a total order, so the order in
 * which documents are offered changes nothing. A document whose id is the query's own is left out, as in BEIR: where
 * queries are documents themselves, each would find itself.
 */
export class TopDocuments {
  readonly #queries: readonly { readonly id: string }[]
  readonly #documents: readonly string[]
  readonly #depth: number
  /** By query: a score below it comes too late. */
  readonly #least: Float32Array
  readonly #kept: readonly Kept[]

  /** @param documents ids, by which a document's number is turned to its name */
  constructor(queries: readonly { readonly id: string }[], documents: readonly string[], depth: number) {
    this.#queries = queries
    this.#documents = documents
    this.#depth = Math.min(depth, documents.length)
    this.#least = new Float32Array(queries.length).fill(Number.NEGATIVE_INFINITY)
    // Twice what is wanted: sorting once for as many again costs less than finding each its place.
    const room = 2 * this.#depth
    this.#kept = queries.map(() => ({ documents: new Uint32Array(room), scores: new Float32Array(room), count: 0 }))
  }

  /**
   * @param scores finite, `[documents, queries]`, row-major
   * @param first the numbers of the first of each
   */
  offerAll(scores: Float32Array, documents: number, first: { document: number; query: number }): void {
    const queries = scores.length / documents
    for (let document = 0, at = 0; document < documents; document++)
      for (let query = 0; query < queries; query++, at++)
        this.offer(first.query + query, first.document + document, scores[at] ?? 0)
  }

  /** @param score finite; rounded to f32 */
  offer(query: number, document: number, score: number): void {
    const kept = this.#kept[query]
    if (!kept || Math.fround(score) < (this.#least[query] ?? 0)) return
    if (this.#documents[document] === this.#queries[query]?.id) return
    kept.documents[kept.count] = document
    kept.scores[kept.count] = score
    kept.count++
    if (kept.count < kept.scores.length) return
    this.#cut(kept)
    this.#least[query] = kept.scores[kept.count - 1] ?? Number.NEGATIVE_INFINITY
  }

  /** By query. */
  rankings(): Ranking[] {
    return this.#kept.map(kept => {
      this.#cut(kept)
      return Array.from(kept.documents.subarray(0, kept.count), document => this.#idOf(document))
    })
  }

  /** Leaves the best, in their order. */
  #cut(kept: Kept): void {
    const { documents, scores } = kept
    const order = Uint32Array.from({ length: kept.count }, (_, i) => i).sort((a, b) => {
      const difference = (scores[b] ?? 0) - (scores[a] ?? 0)
      if (difference !== 0) return difference
      return this.#idOf(documents[a]) < this.#idOf(documents[b]) ? 1 : -1
    })
    const best = order.subarray(0, this.#depth)
    documents.set(Array.from(best, place => documents[place] ?? 0))
    scores.set(Array.from(best, place => scores[place] ?? 0))
    kept.count = best.length
  }

  #idOf(document = -1): string {
    return this.#documents[document] ?? ''
  }
}
