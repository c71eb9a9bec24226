// Every kind of stage, in the order in which they run.
import type { Recipe } from '../recipe/recipe.js'
import type { Stage } from '../stage.js'
import { adaptStages } from './adapt.js'
import { trainEncoderStages } from './train-encoder.js'

const kinds: readonly ((recipe: Recipe) => Stage[])[] = [adaptStages, trainEncoderStages]

export const stagesOf = (recipe: Recipe): Stage[] => kinds.flatMap(stages => stages(recipe))
