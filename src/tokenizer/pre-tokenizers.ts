// Pre-tokenizers: how text is cut into the words that the model sees one by one.
import { type Amendments, stepsAt } from './declared.js'
import { invalidTokenizer, type JsonObject, optionalStringAt, stringAt } from './json-fields.js'
import { library } from './library.js'
import { literal, patternAt } from './pattern.js'
import { wordCharacters } from './unicode.js'

/** The words of a text, which may be the start of the whole input: some prefixes are put there only. */
export type PreTokenizer = (text: string, atStart: boolean) => readonly string[]

/** The pieces that match. */
const matches = (source: string) => ({ type: 'Split', pattern: { Regex: source }, behavior: 'Removed', invert: true })
/** The pieces between places. */
const cutAt = (source: string) => ({ type: 'Split', pattern: { Regex: source }, behavior: 'Removed', invert: false })
/** The pieces that match, and those between them. */
const isolated = (source: string) => ({
  type: 'Split',
  pattern: { Regex: source },
  behavior: 'Isolated',
  invert: false,
})

// ASCII's punctuation and symbols, and Unicode's punctuation.
const punctuation = '[\\p{P}$+<=>^`|~]'
// The pattern of GPT-2's tokenizer.
const gpt2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

// A character, escaped or not, a property, a class.
const oneCharacter = /^(?:\\?.|\\p\{\w+\}|\[[^[\]]*\])$/isu

// Of Rust's five behaviours, the library has Isolated, and Removed where the pattern has no group.
function split(source: string, behavior: string, inverted: boolean, where: string): JsonObject {
  const merged = (place: string) => {
    if (oneCharacter.test(source)) return cutAt(place)
    throw invalidTokenizer(`${where}.behavior`, `'${behavior}' is there for a pattern of one character only`)
  }
  if (behavior === 'Removed') return matches(inverted ? source : `(?:(?!${source})[\\s\\S])+`)
  if (behavior === 'Isolated') return isolated(source)
  if (behavior === 'Contiguous') return isolated(`(?:${source})+`)
  if (behavior === (inverted ? 'MergedWithNext' : 'MergedWithPrevious')) return merged(`(?<=${source})`)
  if (behavior === (inverted ? 'MergedWithPrevious' : 'MergedWithNext')) return merged(`(?=${source})`)
  throw invalidTokenizer(`${where}.behavior`, `there is no behaviour '${behavior}'`)
}

/** `prepend_scheme` of Metaspace; files older than it have `add_prefix_space`. */
export function prependSchemeAt(config: JsonObject, where: string): string {
  const fallback = config.add_prefix_space === false ? 'never' : 'always'
  const scheme = optionalStringAt(config.prepend_scheme, `${where}.prepend_scheme`) ?? fallback
  if (['always', 'first', 'never'].includes(scheme)) return scheme
  throw invalidTokenizer(`${where}.prepend_scheme`, `must be 'always', 'first' or 'never', not '${scheme}'`)
}

const spaced = (text: string) => [text.startsWith(' ') ? text : ` ${text}`]

// Where a class of characters is amended, the library means JavaScript's \s, \d or \w: ASCII's, or nearly.
const amendments: Amendments<PreTokenizer> = {
  ByteLevel: ({ add_prefix_space, use_regex }) => [
    ...(add_prefix_space ? [spaced] : []),
    ...((use_regex ?? true) ? [isolated(gpt2)] : []),
    { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
  ],
  // Unknown to the library.
  CharDelimiterSplit: ({ delimiter }, where) => [
    split(literal(stringAt(delimiter, `${where}.delimiter`)), 'Removed', false, where),
  ],
  Digits: ({ individual_digits }) => [isolated(individual_digits ? '\\p{N}' : '\\p{N}+')],
  // The library does not split at the marks.
  Metaspace: (config, where) => {
    const mark = stringAt(config.replacement ?? '\u2581', `${where}.replacement`)
    const prepended = { type: 'Metaspace', replacement: mark, prepend_scheme: prependSchemeAt(config, where) }
    return (config.split ?? true) ? [prepended, split(literal(mark), 'MergedWithNext', false, where)] : [prepended]
  },
  // The library always puts punctuation in a row together.
  Punctuation: ({ behavior }, where) => {
    const chosen = stringAt(behavior ?? 'Isolated', `${where}.behavior`)
    return [split(punctuation, chosen, false, where)]
  },
  Split: ({ pattern, behavior, invert }, where) => {
    const source = patternAt(pattern, `${where}.pattern`)
    return [split(source, stringAt(behavior, `${where}.behavior`), invert === true, where)]
  },
  Whitespace: () => [matches(`[${wordCharacters}]+|[^${wordCharacters}\\s]+`)],
  WhitespaceSplit: () => [matches('\\S+')],
}

const make = (config: JsonObject): PreTokenizer => {
  const preTokenizer = new library.SequencePreTokenizer({ pretokenizers: [config] })
  return (text, atStart) => preTokenizer.pre_tokenize_text(text, { section_index: atStart ? 0 : 1 })
}

/** The pre-tokenizer that a tokenizer.json declares, or none. */
export function preTokenizerAt(value: unknown, where: string): PreTokenizer {
  const steps = stepsAt({ list: 'pretokenizers', amendments, make }, value, where)
  return (text, atStart) => {
    let words: readonly string[] = [text]
    for (const step of steps)
      words = words.flatMap((word, i) => step(word, atStart && i === 0 && text.startsWith(word)))
    return words
  }
}
