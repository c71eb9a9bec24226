// From text to ids: added tokens are found, the rest is normalized, cut into words, and given to the model.
import { type AddedToken, AddedTokenFinder, isToken, type Piece } from './added-tokens.js'
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
