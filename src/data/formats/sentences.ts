import type { Format } from './format.js'

export const sentences = {
  kind: 'sentence',
  layouts: [{ text: 'sentence' }, { text: 'text' }],
} as const satisfies Format
