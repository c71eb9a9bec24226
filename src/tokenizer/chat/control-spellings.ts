// Where the text of a message spells a control token, or a part of one that a template could complete.
import type { AddedToken } from '../added-tokens.js'
import { AddedTokenFinder } from '../added-tokens.js'

export class ControlSpellings {
  /** All of them, one after another. */
  readonly texts: string
  readonly #finder: AddedTokenFinder
  readonly #beginnings = new Set<string>()
  readonly #ends = new Set<string>()
  readonly #longest: number

  constructor(control: readonly AddedToken[]) {
    this.texts = control.map(({ content }) => content).join('')
    this.#finder = new AddedTokenFinder(control.map(token => [token.content, token] as const))
    for (const { content } of control)
      for (let i = 1; i < content.length; i++) {
        this.#beginnings.add(content.slice(0, i))
        this.#ends.add(content.slice(i))
      }
    this.#longest = control.reduce((most, { content }) => Math.max(most, content.length), 0)
  }

  /**
   * Positions without whose characters no control token is spelled: not by the text, and not by its first or last
   * characters together with what a template puts next to them, whether it trims the text or not.
   */
  positions(text: string): ReadonlySet<number> {
    const found = new Set<number>()
    for (let i = 0; i < text.length; i++) if (this.#finder.at(text, i)) found.add(i)
    for (const end of [text.length, text.trimEnd().length])
      for (let i = Math.max(0, end - this.#longest); i < end; i++)
        if (this.#beginnings.has(text.slice(i, end))) found.add(i)
    for (const start of [0, text.length - text.trimStart().length])
      for (let i = start + 1; i <= Math.min(text.length, start + this.#longest); i++)
        if (this.#ends.has(text.slice(start, i))) found.add(start)
    return found
  }
}
