import { gemma as format } from '../../tokenizer/chat/gemma.js'
import { chatParser } from './chat-parser.js'

export const gemma = chatParser(format)
