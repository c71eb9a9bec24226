// The adapters that a recipe adds up.
import type { Adapter } from '../../model/adapter.js'
import type { Decoder } from '../../model/decoder.js'
import type { Encoder } from '../../model/encoder.js'
import { folderHashes } from '../identity.js'
import type { Recipe } from '../recipe/recipe.js'
import { adapterFolder } from './adapter-folder.js'

export interface SumTerm {
  /** As the recipe has it. */
  readonly name: string
  readonly folder: string
  readonly weight: number
}

/** In the recipe's order. */
export const sumTerms = (recipe: Recipe, root: string, sum: Readonly<Record<string, number>>): SumTerm[] =>
  Object.entries(sum).map(([name, weight]) => ({ name, folder: adapterFolder(recipe, root, name), weight }))

/** By what a stage knows them. */
export const sumIdentity = (terms: readonly SumTerm[], signal: AbortSignal | undefined) =>
  Promise.all(terms.map(async ({ folder, weight }) => ({ adapter: await folderHashes(folder, signal), weight })))

/** Puts them on their base. */
export async function loadTerms(
  base: Decoder | Encoder,
  terms: readonly SumTerm[],
  aborted: { signal?: AbortSignal },
): Promise<[Adapter, number][]> {
  const loaded: [Adapter, number][] = []
  for (const { name, folder, weight } of terms)
    loaded.push([await base.loadAdapter(folder, { name, ...aborted }), weight])
  return loaded
}
