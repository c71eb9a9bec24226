// From what a model wrote to the sentence that it was asked for.
import { answerLines } from './answer-lines.js'
import { bareSentence } from './bare-sentence.js'
import { type ParserId, parsers } from './parsers/index.js'

/**
 * The sentence in a generated text, on one line. An adapted model writes it and nothing else; a base model, or one that
 * was trained little, adds turns, introductions, labels, quotation marks. A sentence without such comes back as it is.
 * @param text without the prompt and what ended it
 * @returns undefined if nothing is left
 */
export function parseAnswer(family: ParserId, text: string): string | undefined {
  const sentence = bareSentence(answerLines(text, parsers[family]).join(' '))
  // What was inside may again be what is taken off, which makes it shorter: the result is one that stays.
  if (sentence !== text) return sentence === '' ? undefined : parseAnswer(family, sentence)
  return sentence === '' ? undefined : sentence
}
