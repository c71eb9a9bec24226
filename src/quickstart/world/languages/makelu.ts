import { actions, type Kind, kindNames, kindOf, objects, places, qualities, times } from '../concepts.js'
import { type Language, type Option, seam } from '../grammar.js'
import { inventLexicon, wordsFor } from '../lexicon.js'
import { nothing } from './nothing.js'

const lexicon = inventLexicon({
  stream: 2,
  shape: 'CVNV',
  sounds: { C: [[...'bgjpwyh']], V: [[...'aeiou']], N: [['mb', 'nd', 'ng', 'nj', 'l', 'k', 's', 'f']] },
})

/** A prefix by the noun's class and its number. */
const nounPrefixes: Readonly<Record<Kind, Readonly<Record<'one' | 'many', string>>>> = {
  person: { one: 'mu', many: 'ba' },
  animal: { one: 'ki', many: 'vi' },
  bird: { one: 'zi', many: 'ze' },
  fruit: { one: 'di', many: 'ma' },
  tool: { one: 'lu', many: 'tu' },
}
const agreement = { one: 'se', many: 'wa' }
const tenses = { past: 'li', present: 'na', future: 'ta' }
const numbers = ['one', 'many'] as const

const prefixed = (...morphemes: string[]) => morphemes.join(seam)

function nouns(slot: 'subject' | 'object'): Option[] {
  return [...kindNames, ...objects].flatMap(noun =>
    numbers.flatMap(number =>
      wordsFor(lexicon, noun).map(stem => ({
        form: prefixed(nounPrefixes[kindOf(noun) ?? (noun as Kind)][number], stem),
        says: { [slot]: noun, [`${slot}Number`]: number },
      })),
    ),
  )
}

function verbForms(action: string): Option[] {
  return numbers.flatMap(subjectNumber =>
    Object.entries(tenses).flatMap(([tense, prefix]) =>
      wordsFor(lexicon, action).flatMap(stem => {
        const form = prefixed(agreement[subjectNumber], prefix, stem)
        const says = { action, tense, subjectNumber }
        return [
          { form, says: { ...says, polarity: 'yes' } },
          { form: `hapi ${form}`, says: { ...says, polarity: 'no' } },
        ]
      }),
    ),
  )
}

const adverbials = (slot: 'place' | 'time', preposition: string, concepts: readonly string[]): Option[] => [
  nothing(slot),
  ...concepts.flatMap(concept =>
    wordsFor(lexicon, concept).map(word => ({ form: `${preposition} ${word}`, says: { [slot]: concept } })),
  ),
]

export const makelu: Language = {
  name: 'Makelu',
  description: 'verb, subject, object; prefixes for a noun’s class and number, and for a verb’s subject and tense',
  fields: [
    actions.flatMap(verbForms),
    nouns('subject'),
    [
      nothing('quality'),
      ...qualities.flatMap(quality =>
        numbers.flatMap(subjectNumber =>
          wordsFor(lexicon, quality).map(stem => ({
            form: prefixed(subjectNumber === 'one' ? 'mo' : 'mi', stem),
            says: { quality, subjectNumber },
          })),
        ),
      ),
    ],
    nouns('object'),
    adverbials('place', 'kwa', places),
    adverbials('time', 'saa', times),
  ],
}
