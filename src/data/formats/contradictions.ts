import type { Format } from './format.js'

/** As XL-LoRA's data has them (Basoz et al. 2026): a sentence, and an English one that contradicts it. */
export const contradictions = {
  kind: 'pair',
  task: 'negative',
  layouts: [{ anchor: 'sent0', target: 'hard_neg' }],
} as const satisfies Format
