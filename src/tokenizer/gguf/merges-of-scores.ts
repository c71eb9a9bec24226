// Merges for a vocabulary that has scores instead: SentencePiece joins the two neighbours whose joint token has the best
// score, a list of merges the two that stand first in it. The order is that of transformers (generate_merges), since
// ids must be those of the HF folder also where scores are equal.
import { TokenHalves } from './halves.js'
import type { Merge } from './merges.js'

/** A token that merges make. */
export interface ScoredToken {
  readonly token: string
  readonly score: number
}

const characters = (text: string) => Array.from(text).length

// Of equal scores, the longer left token goes first, then the longer right one, then the smaller id.
function inOrder(merges: readonly Merge[]): readonly Merge[] {
  const measured = merges.map(merge => ({ merge, left: characters(merge[0]), right: characters(merge[1]) }))
  return measured.sort((a, b) => b.left - a.left || b.right - a.right).map(({ merge }) => merge)
}

/**
 * @param tokens all that can be halves of a merge
 * @param scored those that merges make, by ascending id
 */
export function mergesOfScores(tokens: readonly string[], scored: readonly ScoredToken[]): Merge[] {
  const halves = new TokenHalves(tokens)
  const ordered = scored.toSorted((a, b) => b.score - a.score)
  const merges: Merge[] = []
  for (let start = 0; start < ordered.length; ) {
    const tied: Merge[] = []
    let end = start
    do tied.push(...halves.of((ordered[end++] as ScoredToken).token))
    while (ordered[end]?.score === ordered[start]?.score)
    for (const merge of end - start > 1 ? inOrder(tied) : tied) merges.push(merge)
    start = end
  }
  return merges
}
