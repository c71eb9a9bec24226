// Prompts and training examples as ids.
import { XlingError } from '../binding/errors.js'
import { checkOptions } from '../binding/options.js'
import type { Tokenizer } from '../tokenizer/tokenizer.js'
import { closingIdOf } from './closing.js'
import { familyFor } from './family-for.js'
import type { Template } from './templates/template.js'

export interface RenderedPrompt {
  /** `[T]`: BOS where the tokenizer adds one, then the template around the sentence. */
  readonly ids: Int32Array
  /** Whether the sentence was shortened. */
  readonly truncated: boolean
}

export interface RenderedExample extends RenderedPrompt {
  /** `[T]`, aligned with ids: -100 on the prompt, then the answer's ids and the closing one, where it learns to end. */
  readonly labels: Int32Array
}

const noLabel = -100

/**
 * The prompt that asks for an answer. The text of a sentence that spells a control token stays text. A sentence that is
 * too long loses its end; the template stays whole.
 * @param options.maxTokens of the prompt at most, 1 or more
 * @throws XlingError `ERR_INVALID_ARGUMENT` for a blank sentence, `ERR_PROMPT_TOO_LONG` where nothing of it fits,
 * `ERR_INVALID_TOKENIZER` for a template whose control tokens the vocabulary lacks
 */
export function renderPrompt(
  tokenizer: Tokenizer,
  template: Template,
  sentence: string,
  options: { readonly maxTokens: number },
): RenderedPrompt {
  checkOptions('renderPrompt', options, ['maxTokens'])
  checkText('renderPrompt: sentence', sentence)
  checkLimit('renderPrompt', options.maxTokens)
  checkVocabulary(tokenizer, template)
  return fitted(tokenizer, template, sentence, options.maxTokens)
}

/**
 * A prompt with its answer, to train on. Its beginning is what {@link renderPrompt} gives for the same sentence, unless
 * one of them is truncated; the answer is never shortened.
 * @param options.maxTokens of prompt and answer together at most, 1 or more
 * @throws XlingError `ERR_INVALID_ARGUMENT` for a blank sentence or answer, `ERR_PROMPT_TOO_LONG` where nothing of the
 * sentence fits beside template and answer, `ERR_INVALID_TOKENIZER` for a template whose control tokens the vocabulary
 * lacks, or a tokenizer of which nothing ends a text
 */
export function renderExample(
  tokenizer: Tokenizer,
  template: Template,
  { sentence, answer }: { readonly sentence: string; readonly answer: string },
  options: { readonly maxTokens: number },
): RenderedExample {
  checkOptions('renderExample', options, ['maxTokens'])
  const { maxTokens } = options
  checkText('renderExample: sentence', sentence)
  checkText('renderExample: answer', answer)
  checkLimit('renderExample', maxTokens)
  checkVocabulary(tokenizer, template)
  const ending = [...tokenizer.encode(answer, { addSpecial: false }), closingIdOf(tokenizer, template)]
  const { ids: prompt, truncated } = fitted(tokenizer, template, sentence, maxTokens - ending.length)
  const ids = Int32Array.from([...prompt, ...ending])
  return { ids, labels: ids.slice().fill(noLabel, 0, prompt.length), truncated }
}

/** Template and sentence are made ids together, as the model knows such text, and not piece by piece. */
function fitted(tokenizer: Tokenizer, template: Template, sentence: string, room: number): RenderedPrompt {
  const rendered = (text: string) => tokenizer.encodeBetween(template.before, text, template.after)
  const whole = rendered(sentence)
  if (whole.length <= room) return { ids: whole, truncated: false }
  // By halves, the longest beginning that fits. A character is never cut into its surrogates.
  const characters = Array.from(sentence)
  let best: Int32Array | undefined
  let fits = 0
  let fitsNot = characters.length
  while (fitsNot - fits > 1) {
    const middle = Math.floor((fits + fitsNot) / 2)
    const ids = rendered(characters.slice(0, middle).join(''))
    if (ids.length <= room) {
      best = ids
      fits = middle
    } else fitsNot = middle
  }
  if (best) return { ids: best, truncated: true }
  throw new XlingError(
    'ERR_PROMPT_TOO_LONG',
    `the template '${template.id}' (${template.task}) takes ${rendered('').length} tokens of the ${room} that a prompt ` +
      'may have here, which leaves no room for the sentence; raise maxTokens, or leave out rows with long answers',
  )
}

function checkText(where: string, text: unknown): void {
  if (typeof text !== 'string' || text.trim() === '')
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where} must be a string that is not blank`)
}

function checkLimit(where: string, maxTokens: unknown): void {
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens) || maxTokens < 1 || maxTokens >= 2 ** 31)
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `${where}: maxTokens is ${maxTokens} but must be a whole number from 1 to ${2 ** 31 - 1}`,
    )
}

// The model would read what it lacks as text, of which it knows nothing.
function checkVocabulary(tokenizer: Tokenizer, { id, control }: Template): void {
  const missing = control.find(text => tokenizer.controlId(text) === undefined)
  if (missing === undefined) return
  throw new XlingError(
    'ERR_INVALID_TOKENIZER',
    `the template '${id}' writes ${missing}, which is no control token of this model's vocabulary; ` +
      `this model's own is '${familyFor(tokenizer)}'`,
  )
}
