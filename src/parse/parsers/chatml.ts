import { chatml as format } from '../../tokenizer/chat/chatml.js'
import { chatParser } from './chat-parser.js'

export const chatml = chatParser(format)
