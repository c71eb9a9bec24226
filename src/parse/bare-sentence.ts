// A sentence without what may be wrapped around it.

const names = 'answer|sentence|entailment|contradiction|hypothesis|output|response|assistant|model'

/** "Answer:", "**English sentence:**", "Entailment -", and one that is announced in the same line. */
const labels = [
  new RegExp(`^[*_]*(?:english )?(?:${names})[*_]*\\s*(?:[:：]|\\s[-–—](?=\\s))[*_]*`, 'iu'),
  /^(?:(?:sure|certainly|of course|okay|ok|absolutely)[!.,]*\s+)?here(?:['’]s| is)\b[^:：]*\bsentence\b[^:：]*[:：]/iu,
]

/** The first item of a list: "- ", "* ", "• ", "1. ", "1) ". Years and numbers begin sentences, too, but other than these. */
const bullet = /^(?:[-*•]|1[.)])(?:\s|$)/u

/** Bold text, which no sentence means; powers (2**3) have letters or digits at the outside. */
const bold = /(?<![\p{L}\p{N}*_])(\*\*|__)(?=\S)([^*_]+)(?<=\S)\1(?![\p{L}\p{N}*_])/gu

/** Around all of a text, with nothing of the kind within: asterisks, underscores, backticks. */
const emphasised = /^([*_]|`+)(?=\S)([^*_`]+)(?<=\S)\1$/u

const quotes = [
  ...['""', "''", '“”', '‘’', '„“', '„”', '‚‘', '‚’', '””', '’’'],
  ...['«»', '»«', '‹›', '›‹', '「」', '『』', '《》', '〈〉', '＂＂'],
]

const apostrophes = /(?<=\p{L})['’](?=\p{L})/gu

/** What a pair of quotation marks has around all of a text; the text where there are others of them within. */
function unquoted(text: string): string {
  for (const [open = '', close = ''] of quotes) {
    if (text.length < 2 || !text.startsWith(open) || !text.endsWith(close)) continue
    const inner = text.slice(1, -1)
    const marks = inner.replace(apostrophes, '')
    if (!marks.includes(open) && !marks.includes(close)) return inner
  }
  return text
}

/** Each gives a text that is shorter, or the same. */
const rules: readonly ((text: string) => string)[] = [
  text => labels.reduce((rest, label) => rest.replace(label, ''), text),
  text => text.replace(bullet, ''),
  text => text.replace(bold, '$2'),
  text => text.replace(emphasised, '$2'),
  unquoted,
]

/** A label, a list's mark, emphasis and quotation marks around it go: once, in this order. */
export function bareSentence(text: string): string {
  return rules.reduce((rest, rule) => rule(rest), text)
}
