import { chatml as format } from '../../tokenizer/chat/chatml.js'
import { chatFamily } from './chat-family.js'

/** Instruction models that use ChatML: Qwen, SmolLM2 and many others. */
export const chatml = chatFamily('chatml', format)
