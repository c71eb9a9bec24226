import type { ChatFormat } from './format.js'

/** Llama 3. */
export const llama3: ChatFormat = {
  name: 'llama3',
  control: ['<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'],
  closing: '<|eot_id|>',
  bos: 'always',
  before: '<|start_header_id|>{role}<|end_header_id|>\n\n',
  after: '<|eot_id|>',
  roles: { system: 'system', user: 'user', assistant: 'assistant' },
  trims: true,
  alternates: false,
}
