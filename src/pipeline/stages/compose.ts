// Adds adapters up into a new one.
import { join } from 'node:path'
import { compose } from '../../model/compose.js'
import { modelIdentity } from '../identity.js'
import { loadBase } from '../load-base.js'
import type { Recipe } from '../recipe/recipe.js'
import type { Stage } from '../stage.js'
import { loadTerms, sumIdentity, sumTerms } from './sum-terms.js'

type Compose = NonNullable<Recipe['compose']>

/** A stage for each new adapter. */
export function composeStages(recipe: Recipe, root: string): Stage[] {
  const { adapters = {} } = recipe.compose ?? {}
  return Object.entries(adapters).map(([name, own]) => composeStage(recipe, root, name, own))
}

function composeStage(recipe: Recipe, root: string, name: string, own: Compose['adapters'][string]): Stage {
  const { seed, device, adapt, compose: stage } = recipe
  const { sum, ...how } = own
  // A recipe without either was refused.
  const model = stage?.model ?? adapt?.model ?? ''
  const terms = sumTerms(recipe, root, sum)
  return {
    id: `compose/${name}`,
    seed,
    async inputs(signal) {
      return { model: await modelIdentity(model, signal), sum: await sumIdentity(terms, signal), ...how }
    },
    // biome-ignore lint/correctness/useYield: it has nothing to tell of on its way.
    async *work({ folder, signal }) {
      const aborted = signal ? { signal } : {}
      await using base = await loadBase(model, { device, ...aborted })
      const made = compose(await loadTerms(base, terms, aborted), { ...how, name })
      await made.save(join(folder, 'adapter'))
      return { device: base.device, output: 'adapter', results: { adapters: terms.length, rank: made.config.rank } }
    },
  }
}
