// Every kind of stage, in the order in which they run.
import type { Recipe } from '../recipe/recipe.js'
import type { Stage } from '../stage.js'
import { adaptStages } from './adapt.js'
import { composeStages } from './compose.js'
import { evaluateStages } from './evaluate.js'
import { mergeStages } from './merge.js'
import { synthesizeStages } from './synthesize.js'
import { trainEncoderStages } from './train-encoder.js'

/** @param root the run directory, in which a stage finds what those before it made */
type StagesOf = (recipe: Recipe, root: string) => Stage[]

const kinds: readonly StagesOf[] = [
  adaptStages,
  composeStages,
  mergeStages,
  synthesizeStages,
  trainEncoderStages,
  evaluateStages,
]

export const stagesOf: StagesOf = (recipe, root) => kinds.flatMap(stages => stages(recipe, root))
