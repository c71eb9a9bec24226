// What a sentence says, as the grammar has it.
import { type Language, textOf } from '../world/grammar.js'
import { type Features, type Meaning, type Slot, slots } from '../world/meaning.js'

/** Undefined for what is no sentence of the language. The grammars are not ambiguous, so there is one meaning at most. */
export function parse(language: Language, sentence: string): Meaning | undefined {
  return parseFrom(
    language.fields,
    sentence.split(/\s+/).filter(word => word !== ''),
    {},
  )
}

/** Fields from left to right: an option that stands there and agrees with those before is tried, then the next one. */
function parseFrom(
  [options, ...fields]: Language['fields'],
  words: readonly string[],
  known: Features,
): Meaning | undefined {
  if (options === undefined)
    return words.length === 0 && slots.every(slot => slot in known) ? (known as Meaning) : undefined
  for (const { form, says } of options) {
    const own = form === '' ? [] : textOf(form).split(' ')
    if (!own.every((word, i) => word === words[i])) continue
    if (!Object.entries(says).every(([slot, value]) => (known[slot as Slot] ?? value) === value)) continue
    const meaning = parseFrom(fields, words.slice(own.length), { ...known, ...says })
    if (meaning) return meaning
  }
  return undefined
}
