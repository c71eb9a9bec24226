// How much two sentences have in common.
import { kindOf } from '../world/concepts.js'
import { type Meaning, type Slot, slots, unsaid } from '../world/meaning.js'

/** What a slot counts: who does what to whom makes most of a sentence. */
const weights: Readonly<Record<Slot, number>> = {
  subject: 3,
  action: 3,
  object: 3,
  place: 2,
  time: 2,
  quality: 2,
  tense: 1,
  polarity: 1,
  subjectNumber: 1,
  objectNumber: 1,
}

/** The weighted share of slots in common, 0…1, of those that one of the two fills; 1 for the same meaning alone. */
export function similarity(first: Meaning, second: Meaning): number {
  let [common, all] = [0, 0]
  for (const slot of slots) {
    const [a, b] = [first[slot], second[slot]]
    if (a === unsaid && b === unsaid) continue
    all += weights[slot]
    common += weights[slot] * likeness(a, b)
  }
  return common / all
}

/** A dog and an animal have half in common, a dog and a cat a quarter. */
function likeness(a: string, b: string): number {
  if (a === b) return 1
  const [kindA, kindB] = [kindOf(a), kindOf(b)]
  if (kindA === b || kindB === a) return 0.5
  return kindA !== undefined && kindA === kindB ? 0.25 : 0
}
