import type { PairFormat } from './pair-format.js'

/** As XL-LoRA's data has them (Basoz et al. 2026): a sentence, and an English one that contradicts it. */
export const contradictions: PairFormat = { task: 'negative', columns: ['sent0', 'hard_neg'] }
