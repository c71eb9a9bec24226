import type { PairFormat } from './pair-format.js'

/** As XL-LoRA's data has them (Basoz et al. 2026): a sentence, and an English one that follows from it. */
export const entailments: PairFormat = { task: 'positive', columns: ['sent0', 'sent1'] }
