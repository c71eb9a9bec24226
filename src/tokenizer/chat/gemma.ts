import type { ChatFormat } from './format.js'

/** Gemma 1 to 3. */
export const gemma: ChatFormat = {
  name: 'gemma',
  control: ['<start_of_turn>', '<end_of_turn>'],
  closing: '<end_of_turn>',
  bos: 'always',
  before: '<start_of_turn>{role}\n',
  after: '<end_of_turn>\n',
  roles: { user: 'user', assistant: 'model' },
  trims: true,
  alternates: true,
}
