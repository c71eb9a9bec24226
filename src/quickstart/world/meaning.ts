// What a sentence of the micro-world says, whatever its language.
import { actions, kindNames, livingKinds, objects, places, qualities, subjects, times } from './concepts.js'

/** Stands in a slot of which a sentence says nothing. */
export const unsaid = 'unsaid'

const numbers = ['one', 'many']

/** Each slot with what can stand in it. */
export const slotValues = {
  subject: [...subjects, ...livingKinds],
  subjectNumber: numbers,
  quality: [unsaid, ...qualities],
  action: actions,
  tense: ['past', 'present', 'future'],
  polarity: ['yes', 'no'],
  object: [...objects, ...kindNames],
  objectNumber: numbers,
  place: [unsaid, ...places],
  time: [unsaid, ...times],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Slot = keyof typeof slotValues

export const slots = Object.keys(slotValues) as Slot[]

/** Who does what to whom, where and when; the quality is the subject's. */
export type Meaning = Readonly<Record<Slot, string>>

/** A part of a meaning: what a piece of a sentence says. */
export type Features = Partial<Meaning>

/** The same text for the same meaning, and for no other. */
export const meaningKey = (meaning: Meaning) => slots.map(slot => meaning[slot]).join(' ')
