// Every format of sentence pairs, by its id.
import { contradictions } from './contradictions.js'
import { entailments } from './entailments.js'
import type { PairFormat } from './pair-format.js'

export const pairFormats: Readonly<Record<string, PairFormat>> = { entailments, contradictions }
