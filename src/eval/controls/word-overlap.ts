// What counting common words comes to.
import type { ScoredPair } from '../tasks/task.js'

/**
 * Dice's coefficient of each pair's sets of words, 0…1: twice the words in both over the words in each. Words are what
 * stands between blanks, punctuation and case as they are: the baseline of SemRel2024 (Ousidhoum et al. 2024, lexical
 * overlap of unigrams), whose published numbers only this reading of it gives. Two texts without words have 0.
 */
export function wordOverlap(pairs: readonly Pick<ScoredPair, 'first' | 'second'>[]): Float64Array {
  return Float64Array.from(pairs, ({ first, second }) => {
    const [a, b] = [wordsOf(first), wordsOf(second)]
    const common = [...a].filter(word => b.has(word)).length
    return common === 0 ? 0 : (2 * common) / (a.size + b.size)
  })
}

function wordsOf(sentence: string): Set<string> {
  return new Set(sentence.split(/\s+/).filter(word => word !== ''))
}
