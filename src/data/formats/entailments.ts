import type { Format } from './format.js'

/** As XL-LoRA's data has them (Basoz et al. 2026): a sentence, and an English one that follows from it. */
export const entailments = {
  kind: 'pair',
  task: 'positive',
  layouts: [{ anchor: 'sent0', target: 'sent1' }],
} as const satisfies Format
