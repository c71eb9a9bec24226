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

/** Words for each concept, one or two. */
export type Lexicon = ReadonlyMap<string, readonly string[]>

/** Of those that a language can do without, the share for which it has a second word. */
const synonymShare = 0.35

/** All words are different. A concept with a second word has the first as often as the second. */
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
  return new Map(concepts.map(concept => [concept, draws.chance(synonymShare) ? [word(), word()] : [word()]]))
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
