// A model's own chat template: Jinja, rendered by @huggingface/jinja with the variables that transformers gives it.
import { createRequire } from 'node:module'
import { XlingError } from '../../binding/errors.js'
import { invalidTokenizer } from '../json-fields.js'
import type { Message } from './messages.js'
import { strftime } from './strftime.js'

// Required rather than imported: its type declarations import each other without extensions, which nodenext refuses.
const { Environment, Interpreter, parse, tokenize } = createRequire(import.meta.url)('@huggingface/jinja') as {
  Environment: new () => { set(name: string, value: unknown): unknown }
  Interpreter: new (environment: object) => { run(program: object): { value: unknown } }
  parse(tokens: readonly object[]): object
  tokenize(source: string, options: { lstrip_blocks: boolean; trim_blocks: boolean }): object[]
}

/** What a template throws to say that it does not take these messages. */
class Refusal extends Error {}

function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop]
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step)
}

const globals = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  range,
  raise_exception(message: string) {
    throw new Refusal(message)
  },
  strftime_now: (format: string) => strftime(new Date(), format),
  tools: null,
  documents: null,
}

export class JinjaTemplate {
  readonly #program: object
  readonly #where: string

  /**
   * @param where the template comes from, for messages
   * @throws XlingError `ERR_INVALID_TOKENIZER` if it cannot be parsed
   */
  constructor(source: string, where: string) {
    this.#where = where
    try {
      this.#program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }))
    } catch (cause) {
      throw invalidTokenizer(where, `the chat template cannot be parsed (${(cause as Error).message})`, cause)
    }
  }

  /**
   * @param tokens the texts of special tokens, by the names that templates use: `bos_token`, `eos_token`, …
   * @throws XlingError `ERR_INVALID_ARGUMENT` if the template refuses the messages, `ERR_INVALID_TOKENIZER` if it fails
   */
  render(messages: readonly Message[], addGenerationPrompt: boolean, tokens: Readonly<Record<string, string>>): string {
    const environment = new Environment()
    const variables = { ...globals, ...tokens, messages, add_generation_prompt: addGenerationPrompt }
    for (const [name, value] of Object.entries(variables)) environment.set(name, value)
    try {
      return String(new Interpreter(environment).run(this.#program).value)
    } catch (cause) {
      const { message } = cause as Error
      if (cause instanceof Refusal)
        throw new XlingError('ERR_INVALID_ARGUMENT', `the model's chat template refuses these messages: ${message}`, {
          cause,
        })
      throw invalidTokenizer(this.#where, `the chat template cannot be rendered (${message})`, cause)
    }
  }
}
