import type { ChatFormat } from './format.js'

/** ChatML: Qwen, SmolLM2 and many others. */
export const chatml: ChatFormat = {
  name: 'chatml',
  control: ['<|im_start|>', '<|im_end|>'],
  closing: '<|im_end|>',
  bos: 'if-added',
  before: '<|im_start|>{role}\n',
  after: '<|im_end|>\n',
  roles: { system: 'system', user: 'user', assistant: 'assistant' },
  trims: false,
  alternates: false,
}
