// Added tokens: found in the text before anything else is done to it, control tokens among them.
import { leadingWhitespace, trailingWhitespace, wordCharacters } from './unicode.js'

export interface AddedToken {
  readonly id: number
  readonly content: string
  /** Found only where no word character is next to it. */
  readonly singleWord: boolean
  /** Takes the whitespace before it along. */
  readonly lstrip: boolean
  /** Takes the whitespace after it along. */
  readonly rstrip: boolean
  /** Looked for in normalized text, as its own normalized text. */
  readonly normalized: boolean
  /** A control token: one that only a template or the post-processor may write. */
  readonly control: boolean
}

/** A piece of a text. */
export interface Piece {
  readonly text: string
  /** Whether it begins where the whole input begins: some prefixes are put there only. */
  readonly atStart: boolean
}

/** An added token that was found, or text between such. */
export type Section = AddedToken | Piece

export const isToken = (section: Section): section is AddedToken => 'id' in section

const endsWithWord = new RegExp(`[${wordCharacters}]$`, 'u')
const startsWithWord = new RegExp(`^[${wordCharacters}]`, 'u')

interface Match {
  readonly token: AddedToken
  readonly start: number
  readonly end: number
}

// Two UTF-16 units hold any character.
const touchesWord = (text: string, { start, end }: Match) =>
  endsWithWord.test(text.slice(Math.max(0, start - 2), start)) || startsWithWord.test(text.slice(end, end + 2))

/** Finds added tokens by their texts; where several begin, the longest. */
export class AddedTokenFinder {
  readonly #tokens = new Map<string, AddedToken>()
  // By first UTF-16 unit: the lengths of the texts that begin with it, longest first.
  readonly #lengths = new Map<number, readonly number[]>()

  /** @param tokens and the text as which each is found. */
  constructor(tokens: Iterable<readonly [text: string, token: AddedToken]>) {
    for (const [text, token] of tokens) {
      if (text === '') continue
      this.#tokens.set(text, token)
      const first = text.charCodeAt(0)
      const lengths = new Set([...(this.#lengths.get(first) ?? []), text.length])
      this.#lengths.set(
        first,
        [...lengths].sort((a, b) => b - a),
      )
    }
  }

  /** The longest token at a position. */
  at(text: string, start: number): Match | undefined {
    for (const length of this.#lengths.get(text.charCodeAt(start)) ?? []) {
      const token = this.#tokens.get(text.slice(start, start + length))
      if (token && start + length <= text.length) return { token, start, end: start + length }
    }
    return undefined
  }

  /**
   * Cuts a piece at the tokens that count. What is no such token remains text, together with what would have been
   * found inside of it: that is how the tokenizers library leaves special tokens alone.
   */
  split({ text, atStart }: Piece, counts: (token: AddedToken) => boolean): Section[] {
    const sections: Section[] = []
    let done = 0
    const textUntil = (end: number) => {
      if (done < end) sections.push({ text: text.slice(done, end), atStart: atStart && done === 0 })
    }
    for (let i = 0; i < text.length; i++) {
      const match = this.at(text, i)
      if (!match) continue
      i = match.end - 1
      const { token } = match
      if (!counts(token) || (token.singleWord && touchesWord(text, match))) continue
      const start = token.lstrip ? trailingWhitespace(text.slice(0, match.start)) : match.start
      textUntil(start)
      sections.push(token)
      done = token.rstrip ? match.end + leadingWhitespace(text.slice(match.end)) : match.end
    }
    textUntil(text.length)
    return sections
  }
}
