import { chatml } from './chatml.js'
import { gemma } from './gemma.js'
import { llama3 } from './llama3.js'
import type { Parser } from './parser.js'

/** A base model has seen conversations of any format, and goes on with one as likely as not. */
export const plain: Parser = {
  opening: '',
  markers: [gemma, llama3, chatml].flatMap(({ markers }) => markers),
}
