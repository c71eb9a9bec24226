import type { Format } from './format.js'

/** As trl has them. */
export const promptCompletion = {
  kind: 'completion',
  layouts: [{ prompt: 'prompt', completion: 'completion' }],
} as const satisfies Format
