import type { Format } from './format.js'

/** As collections of instructions have them: FLAN, xP3, Aya. */
export const inputsTargets = {
  kind: 'completion',
  layouts: [{ prompt: 'inputs', completion: 'targets' }],
} as const satisfies Format
