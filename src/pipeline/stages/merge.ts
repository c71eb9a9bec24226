// Makes adapters part of a model's own weights.
import { join } from 'node:path'
import { modelIdentity } from '../identity.js'
import { loadBase } from '../load-base.js'
import type { Recipe } from '../recipe/recipe.js'
import type { Stage } from '../stage.js'
import { loadTerms, sumIdentity, sumTerms } from './sum-terms.js'

const id = 'merge'
const output = 'model'

/** What the stage makes in a run directory. */
export const mergedModel = (root: string) => join(root, id, output)

export function mergeStages(recipe: Recipe, root: string): Stage[] {
  const { seed, device, adapt, merge } = recipe
  if (!merge) return []
  // A recipe without either was refused.
  const { model = adapt?.model ?? '', sum, dtype } = merge
  const terms = sumTerms(recipe, root, sum)
  return [
    {
      id,
      seed,
      async inputs(signal) {
        return { model: await modelIdentity(model, signal), sum: await sumIdentity(terms, signal), dtype }
      },
      // biome-ignore lint/correctness/useYield: it has nothing to tell of on its way.
      async *work({ folder, signal }) {
        const aborted = signal ? { signal } : {}
        await using base = await loadBase(model, { device, ...aborted })
        const merged = await loadTerms(base, terms, aborted)
        await base.save(join(folder, output), { merge: merged, ...(dtype && { dtype }), ...aborted })
        return { device: base.device, output, results: { adapters: terms.length } }
      },
    },
  ]
}
