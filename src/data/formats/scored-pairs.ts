import type { Format } from './format.js'

/** Two sentences and how much alike people found them, on any scale: as the STS benchmark has them on the hub. */
export const scoredPairs = {
  kind: 'scored-pair',
  layouts: [{ first: 'sentence1', second: 'sentence2', score: 'score' }],
} as const satisfies Format
