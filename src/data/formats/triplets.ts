import type { Format } from './format.js'

/** A sentence, one that is like it, one that is not; as sentence-transformers names them, or as SimCSE does. */
export const triplets = {
  kind: 'triplet',
  layouts: [
    { anchor: 'anchor', positive: 'positive', negative: 'negative' },
    { anchor: 'sent0', positive: 'sent1', negative: 'hard_neg' },
  ],
} as const satisfies Format
