import { actions, kindNames, objects, places, qualities, times } from '../concepts.js'
import { type Language, type Option, seam } from '../grammar.js'
import { inventLexicon, wordsFor } from '../lexicon.js'
import { nothing } from './nothing.js'

const backVowels = 'aou'
const lexicon = inventLexicon({
  stream: 1,
  shape: 'CVCVC',
  sounds: { C: [[...'tkrvlnszd']], V: [[...backVowels], [...'eöü']] },
})

/** A stem with suffixes, written with back vowels, which become front ones after a stem that has those. */
function inflected(stem: string, ...suffixes: string[]): string {
  const harmonized = [...backVowels].includes(stem[1] ?? '')
    ? suffixes
    : suffixes.map(suffix => suffix.replaceAll('a', 'e').replaceAll('o', 'ö').replaceAll('u', 'ü'))
  return [stem, ...harmonized].join(seam)
}

const bare = (slot: 'quality' | 'time', concepts: readonly string[]): Option[] => [
  nothing(slot),
  ...concepts.flatMap(concept => wordsFor(lexicon, concept).map(form => ({ form, says: { [slot]: concept } }))),
]

function nouns(slot: 'subject' | 'object', ...ending: string[]): Option[] {
  return [...kindNames, ...objects].flatMap(noun =>
    wordsFor(lexicon, noun).flatMap(stem => [
      { form: inflected(stem, ...ending), says: { [slot]: noun, [`${slot}Number`]: 'one' } },
      { form: inflected(stem, 'lar', ...ending), says: { [slot]: noun, [`${slot}Number`]: 'many' } },
    ]),
  )
}

const tenses = { past: 'du', present: 'yor', future: 'cak' }

function verbForms(action: string): Option[] {
  return wordsFor(lexicon, action).flatMap(stem =>
    Object.entries(tenses).flatMap(([tense, ending]) => [
      { form: inflected(stem, ending), says: { action, tense, polarity: 'yes' } },
      { form: inflected(stem, 'ma', ending), says: { action, tense, polarity: 'no' } },
    ]),
  )
}

export const torvan: Language = {
  name: 'Torvan',
  description: 'subject, object, verb; suffixes for number, case, negation and tense, in vowel harmony with their stem',
  fields: [
    bare('time', times),
    bare('quality', qualities),
    nouns('subject'),
    [
      nothing('place'),
      ...places.flatMap(place =>
        wordsFor(lexicon, place).map(stem => ({ form: inflected(stem, 'da'), says: { place } })),
      ),
    ],
    nouns('object', 'um'),
    actions.flatMap(verbForms),
  ],
}
