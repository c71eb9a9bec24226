import { actions, kindNames, objects, places, qualities, times } from '../concepts.js'
import type { Language, Option } from '../grammar.js'
import { nothing } from './nothing.js'

// Every other plural is regular.
const plurals: Readonly<Record<string, string>> = { person: 'people', goose: 'geese', knife: 'knives' }

// Base form, third person, past; a second line is a second word for the same.
const verbs: Readonly<Record<string, readonly (readonly [base: string, third: string, past: string])[]>> = {
  push: [
    ['push', 'pushes', 'pushed'],
    ['shove', 'shoves', 'shoved'],
  ],
  pull: [
    ['pull', 'pulls', 'pulled'],
    ['drag', 'drags', 'dragged'],
  ],
  find: [['find', 'finds', 'found']],
  lose: [['lose', 'loses', 'lost']],
  love: [
    ['love', 'loves', 'loved'],
    ['adore', 'adores', 'adored'],
  ],
  fear: [['fear', 'fears', 'feared']],
  lift: [
    ['lift', 'lifts', 'lifted'],
    ['raise', 'raises', 'raised'],
  ],
  drop: [['drop', 'drops', 'dropped']],
  call: [['call', 'calls', 'called']],
  ignore: [['ignore', 'ignores', 'ignored']],
}

const adjectives: Readonly<Record<string, readonly string[]>> = {
  big: ['big', 'large'],
  small: ['small', 'little'],
  happy: ['happy', 'glad'],
}

const adverbials: Readonly<Record<string, readonly string[]>> = {
  market: ['at the market'],
  harbour: ['at the harbour', 'at the port'],
  forest: ['in the forest', 'in the woods'],
  noon: ['at noon', 'at midday'],
  night: ['at night'],
}

function nouns(slot: 'subject' | 'object'): Option[] {
  return [...kindNames, ...objects].flatMap(noun => [
    { form: noun, says: { [slot]: noun, [`${slot}Number`]: 'one' } },
    { form: plurals[noun] ?? `${noun}s`, says: { [slot]: noun, [`${slot}Number`]: 'many' } },
  ])
}

function verbForms(action: string): Option[] {
  return (verbs[action] ?? []).flatMap(([base, third, past]): Option[] => [
    { form: past, says: { action, tense: 'past', polarity: 'yes' } },
    { form: `did not ${base}`, says: { action, tense: 'past', polarity: 'no' } },
    { form: third, says: { action, tense: 'present', polarity: 'yes', subjectNumber: 'one' } },
    { form: base, says: { action, tense: 'present', polarity: 'yes', subjectNumber: 'many' } },
    { form: `does not ${base}`, says: { action, tense: 'present', polarity: 'no', subjectNumber: 'one' } },
    { form: `do not ${base}`, says: { action, tense: 'present', polarity: 'no', subjectNumber: 'many' } },
    { form: `will ${base}`, says: { action, tense: 'future', polarity: 'yes' } },
    { form: `will not ${base}`, says: { action, tense: 'future', polarity: 'no' } },
  ])
}

const the: Option[] = [{ form: 'the', says: {} }]

export const english: Language = {
  name: 'English',
  description: 'subject, verb, object; articles; the verb agrees with its subject in the present alone',
  fields: [
    the,
    [
      nothing('quality'),
      ...qualities.flatMap(quality => (adjectives[quality] ?? [quality]).map(form => ({ form, says: { quality } }))),
    ],
    nouns('subject'),
    actions.flatMap(verbForms),
    the,
    nouns('object'),
    [
      nothing('place'),
      ...places.flatMap(place => (adverbials[place] ?? [`in the ${place}`]).map(form => ({ form, says: { place } }))),
    ],
    [
      nothing('time'),
      ...times.flatMap(time => (adverbials[time] ?? [`in the ${time}`]).map(form => ({ form, says: { time } }))),
    ],
  ],
}
