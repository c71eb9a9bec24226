import { gemma as format } from '../../tokenizer/chat/gemma.js'
import { chatFamily } from './chat-family.js'

/** Instruction models of Gemma 1 to 3. */
export const gemma = chatFamily('gemma', format)
