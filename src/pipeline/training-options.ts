// A recipe's settings of a training, as the loop takes them.
import type { TrainOptions } from '../train/options.js'
import type { Recipe } from './recipe/recipe.js'

type Training = NonNullable<Recipe['adapt']>['train'] | NonNullable<Recipe['train-encoder']>['train']

/** Is there where the recipe has it. */
type Told = Pick<TrainOptions, 'noDecay' | 'evaluateEvery' | 'patience'>

/**
 * @param judged whether there is an evaluation; without one, how often it comes means nothing. Adapters of a recipe share
 * their settings, and one may have an evaluation where another has none.
 */
export function trainingOptions<Given extends Training>(
  { noDecay, evaluateEvery, patience, ...rest }: Given,
  { seed, judged }: { seed: number; judged: boolean },
): Omit<Given, 'noDecay' | 'evaluateEvery' | 'patience'> & Told & { seed: number } {
  return {
    seed,
    ...rest,
    ...(noDecay !== undefined && { noDecay: new RegExp(noDecay) }),
    ...(judged && evaluateEvery !== undefined && { evaluateEvery }),
    ...(judged && patience !== undefined && { patience }),
  }
}
