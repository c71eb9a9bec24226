import { type ChatFormat, openingOf } from '../../tokenizer/chat/format.js'
import type { Parser } from './parser.js'

/** What answers in a chat format are recognised by. */
export function chatParser(format: ChatFormat): Parser {
  return { opening: openingOf(format, 'assistant'), markers: format.control }
}
