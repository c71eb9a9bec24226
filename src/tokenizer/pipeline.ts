// From text to ids: added tokens are found, the rest is normalized, cut into words, and given to the model.
import { type AddedToken, AddedTokenFinder, isToken, type Piece, type Section } from './added-tokens.js'
import type { TokenModel } from './model.js'
import type { Normalizer } from './normalizers.js'
import type { PreTokenizer } from './pre-tokenizers.js'

export interface PipelineParts {
  readonly added: Iterable<AddedToken>
  readonly normalize: Normalizer
  readonly preTokenize: PreTokenizer
  readonly model: TokenModel
}

// A surrogate without its partner is no character: UTF-8, and so Python, has no such text.
const wellFormed = (text: string) => text.replace(/\p{Cs}/gu, '\ufffd')

/** Takes the text off an end of some sections, where there is no token. */
function takeText(sections: Section[], take: 'pop' | 'shift'): string {
  const end = sections.at(take === 'pop' ? -1 : 0)
  if (end === undefined || isToken(end)) return ''
  sections[take]()
  return end.text
}

export class Pipeline {
  readonly #normalize: Normalizer
  readonly #preTokenize: PreTokenizer
  readonly #model: TokenModel
  // Found in the text as it is, and in normalized text.
  readonly #raw: AddedTokenFinder
  readonly #normalized: AddedTokenFinder
  // What a rendered template can have: all of the first, and every control token.
  readonly #rendered: AddedTokenFinder

  constructor({ added, normalize, preTokenize, model }: PipelineParts) {
    const tokens = [...added]
    const asWritten = (token: AddedToken) => [token.content, token] as const
    this.#raw = new AddedTokenFinder(tokens.filter(token => !token.normalized).map(asWritten))
    this.#normalized = new AddedTokenFinder(
      tokens.filter(token => token.normalized).map(token => [normalize(token.content), token]),
    )
    this.#rendered = new AddedTokenFinder(tokens.filter(token => !token.normalized || token.control).map(asWritten))
    this.#normalize = normalize
    this.#preTokenize = preTokenize
    this.#model = model
  }

  /** Ids of a text. Control tokens that it spells are text unless `parse`. */
  encode(text: string, parse: boolean): number[] {
    const ids: number[] = []
    this.#encode({ text: wellFormed(text), atStart: true }, parse, ids)
    return ids
  }

  /**
   * Ids of a rendered template, in which every control token that is spelled counts.
   * @param restore what is to be done to the text between them before it is encoded as text.
   */
  encodeRendered(rendered: string, restore: (text: string) => string): number[] {
    const ids: number[] = []
    for (const section of this.#rendered.split({ text: wellFormed(rendered), atStart: true }, () => true)) {
      if (isToken(section)) ids.push(section.id)
      else this.#encode({ ...section, text: restore(section.text) }, false, ids)
    }
    return ids
  }

  /**
   * Ids of a text between two pieces of a template. Control tokens count in each piece by itself, and nowhere else: what
   * stands between the last of the first piece and the first of the second is encoded as one text.
   */
  encodeBetween(before: string, text: string, after: string): number[] {
    const cut = (piece: string, atStart: boolean) =>
      this.#rendered.split({ text: wellFormed(piece), atStart }, ({ control }) => control)
    const [head, tail] = [cut(before, true), cut(after, false)]
    const opening = takeText(head, 'pop')
    const closing = takeText(tail, 'shift')
    const middle = { text: wellFormed(opening + text + closing), atStart: head.length === 0 }
    const ids: number[] = []
    for (const section of [...head, middle, ...tail])
      if (isToken(section)) ids.push(section.id)
      else this.#encode(section, false, ids)
    return ids
  }

  #encode(piece: Piece, parse: boolean, ids: number[]): void {
    const counts = ({ control }: AddedToken) => parse || !control
    for (const section of this.#raw.split(piece, counts)) {
      if (isToken(section)) {
        ids.push(section.id)
        continue
      }
      const normal = { ...section, text: this.#normalize(section.text) }
      for (const part of this.#normalized.split(normal, counts)) {
        if (isToken(part)) ids.push(part.id)
        else for (const word of this.#preTokenize(part.text, part.atStart)) this.#model.encode(word, ids)
      }
    }
  }
}
