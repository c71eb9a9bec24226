// A language as data: fields in their order, and for each what can stand there and what that says.
import type { Draws } from './draws.js'
import type { Features, Meaning, Slot } from './meaning.js'

/** Borders of pieces within a word: the tokenizers cut there, and the text is without it. */
export const seam = '·'

export interface Option {
  /** Words with blanks between them, `''` for none; pieces of a word are joined by {@link seam}. */
  readonly form: string
  /** Holds of every sentence that has it. */
  readonly says: Features
}

export interface Language {
  readonly name: string
  /** For whoever has never heard of it. */
  readonly description: string
  /**
   * One option of each, left to right, makes a sentence; what they say must agree. So agreement needs no rule: a verb's
   * form says the number of its subject.
   */
  readonly fields: readonly (readonly Option[])[]
}

/** A sentence that says this; where there are several words for the same, any of them. */
export function say({ name, fields }: Language, meaning: Meaning, draws: Draws): string {
  return fields
    .map(options => {
      const fitting = options.filter(({ says }) =>
        Object.entries(says).every(([slot, value]) => meaning[slot as Slot] === value),
      )
      if (fitting.length === 0) throw new RangeError(`${name} has no way to say ${JSON.stringify(meaning)}`)
      return textOf(draws.pick(fitting).form)
    })
    .filter(text => text !== '')
    .join(' ')
}

export const textOf = (form: string) => form.replaceAll(seam, '')

/** The pieces of all words of a language; those that do not begin a word have `##` before them, as in WordPiece. */
export function piecesOf({ fields }: Language): string[] {
  const words = fields.flat().flatMap(({ form }) => form.split(' '))
  const pieces = words.flatMap(word => word.split(seam).map((piece, i) => (i === 0 ? piece : `##${piece}`)))
  return [...new Set(pieces)].filter(piece => piece !== '')
}
