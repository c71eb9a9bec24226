// What one sentence means for another.
import { kindNames, kindOf, oppositeOf } from '../world/concepts.js'
import { type Meaning, type Slot, slots, unsaid } from '../world/meaning.js'

export type Relation = 'entails' | 'contradicts' | 'neither'

/**
 * Of two sentences that speak of the same event, as the pairs of natural language inference do (Bowman et al. 2015): if
 * the first is true, the second must be, cannot be, or may be. A negated sentence denies that its event was so.
 */
export function relation(first: Meaning, second: Meaning): Relation {
  if (first.polarity === 'yes' && second.polarity === 'yes') {
    if (implies(first, second)) return 'entails'
    return excludes(first, second) ? 'contradicts' : 'neither'
  }
  if (first.polarity === 'yes') {
    if (implies(first, second)) return 'contradicts'
    return excludes(first, second) ? 'entails' : 'neither'
  }
  // Nothing follows from what was not so but that more of the same was not so, either.
  if (!implies(second, first)) return 'neither'
  return second.polarity === 'yes' ? 'contradicts' : 'entails'
}

const respects = slots.filter(slot => slot !== 'polarity')

/** Whether an event that is as the first says is as the second says, too. */
function implies(first: Meaning, second: Meaning): boolean {
  return respects.every(slot => {
    const [a, b] = [first[slot], second[slot]]
    return a === b || b === unsaid || kindOf(a) === b
  })
}

/** Whether no event can be as both say. */
function excludes(first: Meaning, second: Meaning): boolean {
  return respects.some(slot => exclude(slot, first[slot], second[slot]))
}

function exclude(slot: Slot, a: string, b: string): boolean {
  if (a === b || a === unsaid || b === unsaid) return false
  if (slot === 'action' || slot === 'quality') return oppositeOf(a) === b
  if (slot === 'subject' || slot === 'object') return !isKindOf(a, b) && !isKindOf(b, a)
  return true
}

const isKindOf = (kind: string, thing: string) => kindNames.some(name => name === kind) && kindOf(thing) === kind
