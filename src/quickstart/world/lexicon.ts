// Words that no language has, by a phonology.
import { actions, kindNames, objects, places, qualities, times } from './concepts.js'
import { Draws } from './draws.js'

export interface Phonology {
  /** Tells one language's words from another's. */
  readonly stream: number
  /** A letter for each kind of sound, such as `CVCVC`. */
  readonly shape: string
  /** Of each letter of the shape, the sounds; of several lists, a word has sounds of one alone: vowel harmony. */
  readonly sounds: Readonly<Record<string, readonly (readonly string[])[]>>
}

/**
 * Two words for each concept, as likely the one as the other: two sentences that say the same have few words in common, and
 * counting those does not tell how much alike they are.
 */
export type Lexicon = ReadonlyMap<string, readonly [string, string]>

/** All words are different. */
export function inventLexicon(phonology: Phonology): Lexicon {
  const draws = new Draws(0, 'lexicon', phonology.stream)
  const taken = new Set<string>()
  const word = () => {
    for (;;) {
      const made = inventWord(phonology, draws)
      if (taken.has(made)) continue
      taken.add(made)
      return made
    }
  }
  const concepts = [...kindNames, ...objects, ...actions, ...qualities, ...places, ...times]
  return new Map(concepts.map(concept => [concept, [word(), word()]]))
}

function inventWord({ shape, sounds }: Phonology, draws: Draws): string {
  const harmony = draws.below(2)
  return Array.from(shape, letter => {
    const lists = sounds[letter] ?? []
    return draws.pick(lists[harmony % lists.length] ?? [])
  }).join('')
}

/** Of a concept that every lexicon has. */
export function wordsFor(lexicon: Lexicon, concept: string): readonly string[] {
  return lexicon.get(concept) ?? []
}
