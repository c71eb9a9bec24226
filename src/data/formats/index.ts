// Every format of data sets, by its id.
import { contradictions } from './contradictions.js'
import { entailments } from './entailments.js'
import type { Format } from './format.js'
import { inputsTargets } from './inputs-targets.js'
import { nli } from './nli.js'
import { promptCompletion } from './prompt-completion.js'
import { scoredPairs } from './scored-pairs.js'
import { sentences } from './sentences.js'
import { triplets } from './triplets.js'

/** In the order in which they are tried: one that needs more columns of a file is before one that needs fewer. */
export const formats = {
  triplets,
  nli,
  entailments,
  contradictions,
  'prompt-completion': promptCompletion,
  'inputs-targets': inputsTargets,
  'scored-pairs': scoredPairs,
  sentences,
} as const satisfies Readonly<Record<string, Format>>

export type SchemaId = keyof typeof formats
