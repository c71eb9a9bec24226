// Meanings at random, and meanings related to one in a way that is chosen.
import { kindOf, kinds, oppositeOf } from './concepts.js'
import type { Draws } from './draws.js'
import { type Features, type Meaning, type Slot, slots, slotValues, unsaid } from './meaning.js'

/** How often something is left unsaid, or said of a kind instead of a member. */
const chances = { quality: 0.4, place: 0.3, time: 0.4, kind: 0.1, negated: 0.12 }

/** Any meaning, also a negated one. */
export function drawMeaning(draws: Draws): Meaning {
  const slot = (name: Slot) => drawValue(name, draws)
  const subject = slot('subject')
  let object = slot('object')
  while (object === subject) object = slot('object')
  const entries = slots.map(name => [name, name === 'subject' ? subject : name === 'object' ? object : slot(name)])
  return Object.fromEntries(entries)
}

/** One that happened, happens or will. */
export const drawEvent = (draws: Draws): Meaning => ({ ...drawMeaning(draws), polarity: 'yes' })

function drawValue(slot: Slot, draws: Draws): string {
  const values: readonly string[] = slotValues[slot]
  if (slot === 'polarity') return draws.chance(chances.negated) ? 'no' : 'yes'
  if (slot === 'quality' || slot === 'place' || slot === 'time')
    return draws.chance(chances[slot]) ? unsaid : draws.pick(values.filter(value => value !== unsaid))
  if (slot === 'subject' || slot === 'object') {
    const ofKinds = draws.chance(chances.kind)
    return draws.pick(values.filter(value => (kindOf(value) === undefined) === ofKinds))
  }
  return draws.pick(values)
}

/** A meaning some of whose slots, `count` of them, are drawn anew; they may come out as they were. */
export function redrawn(meaning: Meaning, count: number, draws: Draws): Meaning {
  const other = drawMeaning(draws)
  const left = [...slots]
  const changed: Slot[] = []
  for (let i = 0; i < count && left.length > 0; i += 1) changed.push(...left.splice(draws.below(left.length), 1))
  return { ...meaning, ...Object.fromEntries(changed.map(slot => [slot, other[slot]])) }
}

/** How often each respect is changed; where there are any, one always is. */
const changed = { generalized: 0.4, contradicted: 0.6, negated: 0.15 }

/** Tells less of the same event; the event itself where there is nothing to leave out. */
export function generalized(event: Meaning, draws: Draws): Meaning {
  const changes: Features[] = []
  for (const slot of ['quality', 'place', 'time'] as const) if (event[slot] !== unsaid) changes.push({ [slot]: unsaid })
  for (const slot of ['subject', 'object'] as const) {
    const kind = kindOf(event[slot])
    if (kind !== undefined) changes.push({ [slot]: kind })
  }
  return { ...event, ...some(changes, changed.generalized, draws) }
}

/** Tells of the same event what cannot be: denies it, or has it otherwise in some respects. */
export function contradicted(event: Meaning, draws: Draws): Meaning {
  if (draws.chance(changed.negated)) return { ...event, polarity: 'no' }
  const other = (values: readonly string[]) =>
    draws.pick(values.filter(value => value !== unsaid && value !== event.subject && value !== event.object))
  const changes: Features[] = [{ action: oppositeOf(event.action) }]
  if (event.quality !== unsaid) changes.push({ quality: oppositeOf(event.quality) })
  for (const slot of ['place', 'time'] as const)
    if (event[slot] !== unsaid) changes.push({ [slot]: other(slotValues[slot].filter(value => value !== event[slot])) })
  for (const slot of ['subject', 'object'] as const) {
    const kind = kindOf(event[slot])
    if (kind !== undefined) changes.push({ [slot]: other(kinds[kind]) })
  }
  return { ...event, ...some(changes, changed.contradicted, draws) }
}

/** Each of the changes with this probability, and one for certain where there is any. */
function some(changes: readonly Features[], probability: number, draws: Draws): Features {
  const certain = draws.below(Math.max(1, changes.length))
  return Object.assign({}, ...changes.filter((_, i) => draws.chance(probability) || i === certain))
}
