import { llama3 as format } from '../../tokenizer/chat/llama3.js'
import { chatParser } from './chat-parser.js'

export const llama3 = chatParser(format)
