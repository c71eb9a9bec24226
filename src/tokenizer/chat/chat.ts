// How a tokenizer writes conversations: by the model's own template, else by the format its control tokens tell of.
import { XlingError } from '../../binding/errors.js'
import type { AddedToken } from '../added-tokens.js'
import { ControlSpellings } from './control-spellings.js'
import { type ChatFormat, renderFormat } from './format.js'
import { recognisedBy } from './formats.js'
import { JinjaTemplate } from './jinja.js'
import type { Message } from './messages.js'
import { protect } from './protection.js'

export interface ChatParts {
  readonly from: string
  /** Source of the model's own template. */
  readonly source: string | undefined
  /** The built-in format of the vocabulary. */
  readonly format: ChatFormat | undefined
  readonly control: readonly AddedToken[]
  /** Texts of special tokens, by the names that templates use: `bos_token`, `eos_token`, … */
  readonly tokens: Readonly<Record<string, string>>
  /** Whether the tokenizer adds BOS to plain text. */
  readonly addsBos: boolean
}

/** A rendered conversation, in which no message spells a control token until the text between them is restored. */
export interface RenderedChat {
  readonly text: string
  restore(text: string): string
}

export class Chat {
  readonly #parts: ChatParts
  #template: JinjaTemplate | undefined
  #spellings: ControlSpellings | undefined

  constructor(parts: ChatParts) {
    this.#parts = parts
  }

  render(messages: readonly Message[], addGenerationPrompt: boolean): RenderedChat {
    const { source, control } = this.#parts
    this.#spellings ??= new ControlSpellings(control)
    const safe = protect(messages, this.#spellings, source ?? '')
    return { text: this.#write(safe.messages, addGenerationPrompt), restore: safe.restore }
  }

  #write(messages: readonly Message[], addGenerationPrompt: boolean): string {
    const { from, source, format, tokens, addsBos } = this.#parts
    if (source !== undefined) {
      this.#template ??= new JinjaTemplate(source, from)
      return this.#template.render(messages, addGenerationPrompt, tokens)
    }
    if (format) {
      const bos = tokens.bos_token ?? ''
      return renderFormat(format, messages, { bos, addedBos: addsBos ? bos : '', addGenerationPrompt })
    }
    throw new XlingError(
      'ERR_NO_CHAT_TEMPLATE',
      `${from} has no chat template (or several, none named default), ` +
        `and its tokens are of no chat format that xling knows: ${recognisedBy}; ` +
        'give it a chat_template.jinja, or use encode() on a prompt that you write yourself',
    )
  }
}
