// Which lines of a generated text are the answer: not what leads to it, and nothing from where something else begins.
import type { Parser } from './parsers/parser.js'

const lineBreak = /\r\n?|[\n\u2028\u2029]/

/** "Sure!", "Of course, here is one": no answer, whatever comes after. */
const courtesy = /^(?:sure|certainly|of course|okay|ok|absolutely)[!.,]*(?:\s+here\b[^:：]*[:：]?)?$/iu

/** "Here is an English sentence that follows from it:" */
const announcement = /[:：][*_]*$/u

// As the templates ask: a model that goes on after its answer often begins the next prompt.
const request = /^(?:write an|an) english sentence that (?:follows from|contradicts)\b/iu

/** Who speaks, in conversations of any format; alone in a line, or before what is said. */
const speaker = /^(?:user|human|system|assistant|model)\s*:?$/iu
const turn = /^(?:user|human|system|assistant|model)\s*(?::.*)?$/iu

const fence = /^(?:```|~~~)\s*\w*$/u

/** What follows an answer, but for another turn. */
const appendix = /^[*_]*(?:explanation|note|reason|reasoning|question|sentence|answer)[*_]*\s*[:：]/iu

/** An item of a list: `- `, `* `, `• `, `2. `, `2) `. */
const item = /^(?:[-*•]|\d{1,2}[.)])\s/u

/**
 * The lines of the answer, trimmed, none of them blank.
 *
 * In order: (1) the opening of the model's turn goes; (2) everything from a turn's marker on goes; (3) before the answer go
 * blank lines, fences of code, a speaker's name alone, courtesies, and lines that end with a colon where another follows;
 * (4) the answer ends before a blank line, a fence, another turn, a request as the templates make it, an explanation, and
 * an item of a list, unless it is the first line itself.
 */
export function answerLines(text: string, { opening, markers }: Parser): string[] {
  const begun = text.trimStart()
  const own = opening !== '' && begun.startsWith(opening) ? begun.slice(opening.length) : begun
  const end = markers.map(marker => own.indexOf(marker)).filter(at => at >= 0)
  const lines = own
    .slice(0, Math.min(own.length, ...end))
    .split(lineBreak)
    .map(line => line.trim())
  const leads = (line: string, i: number) =>
    line === '' ||
    [fence, courtesy, speaker].some(pattern => pattern.test(line)) ||
    (announcement.test(line) && lines.slice(i + 1).some(later => later !== ''))
  const first = lines.findIndex((line, i) => !leads(line, i))
  if (first < 0) return []
  const ends = (line: string, i: number) =>
    request.test(line) || (i > 0 && (line === '' || [fence, turn, appendix, item].some(pattern => pattern.test(line))))
  const answer = lines.slice(first)
  const last = answer.findIndex(ends)
  return last < 0 ? answer : answer.slice(0, last)
}
