// Keeps what messages say apart from what a template says. Before a template is rendered, a character of every control
// token that a message spells is replaced by one that occurs nowhere; in the rendered text, control tokens are then the
// template's own, and the characters are put back into the text between them. Nothing else about a message changes, so
// a template that trims, measures or searches it does what it would have done.
import { XlingError } from '../../binding/errors.js'
import type { ControlSpellings } from './control-spellings.js'
import type { Message } from './messages.js'

/** Messages that can be rendered, and how to get their characters back. */
export interface Protected {
  readonly messages: readonly Message[]
  restore(rendered: string): string
}

// Python's strip() takes these, JavaScript's trim() does not; and U+FEFF the other way round.
const trimmedByPython = '\u001c\u001d\u001e\u001f\u0085'
const trimmedByJavaScript = '\ufeff'
const trimmedByBoth = '\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u205f\u3000'

function* privateUse(): Generator<string> {
  for (let code = 0xe000; code < 0xf900; code++) yield String.fromCharCode(code)
}

/** Stand-ins for characters, none of which occurs in some texts. */
class StandIns {
  readonly #used: string
  readonly #of = new Map<string, string>()

  constructor(texts: readonly string[]) {
    this.#used = texts.join('')
  }

  /** The stand-in among candidates that do not occur, or undefined if all of them do. */
  get(character: string, candidates: Iterable<string>): string | undefined {
    const known = this.#of.get(character)
    if (known !== undefined) return known
    const taken = [...this.#of.values()]
    for (const candidate of candidates) {
      if (this.#used.includes(candidate) || taken.includes(candidate)) continue
      this.#of.set(character, candidate)
      return candidate
    }
    return undefined
  }

  restore(text: string): string {
    let out = text
    for (const [character, standIn] of this.#of) out = out.replaceAll(standIn, character)
    return out
  }
}

function hidden(content: string, spellings: ControlSpellings, standIns: StandIns): string {
  const positions = spellings.positions(content)
  let out = ''
  let at = 0
  for (const character of content) {
    if (positions.has(at) || character === trimmedByJavaScript) {
      const standIn = standIns.get(character, privateUse())
      if (standIn === undefined)
        throw new XlingError(
          'ERR_INVALID_ARGUMENT',
          "messages use all of Unicode's private characters U+E000 to U+F8FF",
        )
      out += standIn
    } else if (trimmedByPython.includes(character)) out += standIns.get(character, trimmedByBoth) ?? character
    else out += character
    at += character.length
  }
  return out
}

/** @param template its source, whose characters cannot stand for others. */
export function protect(messages: readonly Message[], spellings: ControlSpellings, template: string): Protected {
  const standIns = new StandIns([template, spellings.texts, ...messages.map(({ content }) => content)])
  return {
    messages: messages.map(({ role, content }) => ({ role, content: hidden(content, spellings, standIns) })),
    restore: text => standIns.restore(text),
  }
}
