// From what was written to triplets: parsed, and filtered.
import { type FilterId, type FilterOptions, Filters } from '../parse/filters/index.js'
import { parseAnswer } from '../parse/parse-answer.js'
import type { TemplateId } from '../prompt/templates/index.js'
import type { Written } from './candidates.js'
import type { Triplet } from './triplet.js'

/** What became of the sentences. */
export interface SynthesisCounts {
  readonly sentences: number
  readonly kept: number
  /** By the filter that refused them. */
  readonly refused: Readonly<Record<FilterId, number>>
  /** Sentences that were shortened to fit the prompt. */
  readonly truncated: number
}

/** One of the two. */
export type Taken =
  | { readonly triplet: Triplet; readonly refused: undefined }
  | { readonly triplet: undefined; readonly refused: FilterId }

/** In the order of the sentences: what was kept before decides what is a duplicate. */
export class Sieve {
  readonly #template: TemplateId
  readonly #filters: Filters
  #sentences = 0
  #kept = 0
  #truncated = 0

  /** @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION` */
  constructor(template: TemplateId, options: FilterOptions) {
    this.#template = template
    this.#filters = new Filters(options)
  }

  take({ key, anchor, truncated, ...texts }: Written): Taken {
    const positive = parseAnswer(this.#template, texts.positive)
    const negative = parseAnswer(this.#template, texts.negative)
    const refused = this.#filters.refuses({ anchor, positive, negative })
    this.#sentences += 1
    this.#truncated += truncated ? 1 : 0
    if (refused !== undefined || positive === undefined || negative === undefined)
      return { triplet: undefined, refused: refused ?? 'empty' }
    this.#kept += 1
    return { triplet: { key, anchor, positive, negative }, refused: undefined }
  }

  get counts(): SynthesisCounts {
    const refused = { ...this.#filters.counts }
    return { sentences: this.#sentences, kept: this.#kept, refused, truncated: this.#truncated }
  }
}
