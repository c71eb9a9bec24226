import { actions, type Kind, kindNames, kindOf, objects, places, qualities, times } from '../concepts.js'
import type { Language, Option } from '../grammar.js'
import { inventLexicon, wordsFor } from '../lexicon.js'
import { nothing } from './nothing.js'

const lexicon = inventLexicon({
  stream: 3,
  shape: 'CV',
  sounds: { C: [['x', 'q', 'sh', 'zh', 'ch', 'f', 'g', 'h', 'l', 'n']], V: [[...'āáǎàēéěèōóǒòūúǔù']] },
})

/** Stands between a number and the noun, by what kind of thing it counts. */
const classifiers: Readonly<Record<Kind, string>> = {
  person: 'wéi',
  animal: 'tóu',
  bird: 'yǔi',
  fruit: 'kēi',
  tool: 'bǎi',
}
const numerals = { one: 'yīm', many: 'dūm' }
const numbers = ['one', 'many'] as const

function counted(slot: 'subject' | 'object'): Option[] {
  return [...kindNames, ...objects].flatMap(noun =>
    numbers.flatMap(number =>
      wordsFor(lexicon, noun).map(word => ({
        form: `${numerals[number]} ${classifiers[kindOf(noun) ?? (noun as Kind)]} ${word}`,
        says: { [slot]: noun, [`${slot}Number`]: number },
      })),
    ),
  )
}

const words = (slot: 'action' | 'quality' | 'time', concepts: readonly string[], before = ''): Option[] =>
  concepts.flatMap(concept =>
    wordsFor(lexicon, concept).map(word => ({ form: `${before}${word}`, says: { [slot]: concept } })),
  )

export const shennai: Language = {
  name: 'Shennai',
  description: 'subject, verb, object; no word changes: classifiers count, particles tell tense and negation, tones',
  fields: [
    [nothing('time'), ...words('time', times)],
    counted('subject'),
    [nothing('quality'), ...words('quality', qualities, 'dīm ')],
    [
      nothing('place'),
      ...places.flatMap(place => wordsFor(lexicon, place).map(word => ({ form: `zǎm ${word}`, says: { place } }))),
    ],
    [
      { form: '', says: { polarity: 'yes' } },
      { form: 'bùm', says: { polarity: 'no' } },
    ],
    words('action', actions),
    counted('object'),
    [
      { form: 'lēm', says: { tense: 'past' } },
      { form: '', says: { tense: 'present' } },
      { form: 'jiām', says: { tense: 'future' } },
    ],
  ],
}
