import type { Format } from './format.js'

/**
 * Natural language inference: a premise, a hypothesis and what one is to the other, by name or by the numbers that GLUE
 * and XNLI use. SNLI has -1, or '-' in its own files, where its annotators did not agree.
 */
export const nli = {
  kind: 'pair',
  labels: {
    0: 'positive',
    entailment: 'positive',
    1: 'none',
    neutral: 'none',
    2: 'negative',
    contradiction: 'negative',
    '-1': 'none',
    '-': 'none',
  },
  layouts: [{ anchor: 'premise', target: 'hypothesis', label: 'label' }],
} as const satisfies Format
