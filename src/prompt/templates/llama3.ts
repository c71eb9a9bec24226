import { llama3 as format } from '../../tokenizer/chat/llama3.js'
import { chatFamily } from './chat-family.js'

/** Instruction models of Llama 3. */
export const llama3 = chatFamily('llama3', format)
