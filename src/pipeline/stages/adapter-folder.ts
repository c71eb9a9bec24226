// Where the adapters are that a recipe names.
import { join } from 'node:path'
import type { Recipe } from '../recipe/recipe.js'

const makers = ['adapt', 'compose'] as const

/** One of the run by its name, any other by its folder, as it was given. */
export function adapterFolder(recipe: Pick<Recipe, (typeof makers)[number]>, root: string, name: string): string {
  const maker = makers.find(stage => Object.hasOwn(recipe[stage]?.adapters ?? {}, name))
  return maker ? join(root, maker, name, 'adapter') : name
}
