import { stringify } from 'yaml'
import type { Recipe } from '../../pipeline/recipe/recipe.js'
import { resolvePaths } from '../../pipeline/recipe/resolve-paths.js'
import { runStages } from '../../pipeline/run-stages.js'
import { interruptible } from '../interruption.js'
import { tellRun } from '../progress/tell-run.js'

/** A stage as a command: the run of a recipe that has it alone, which is kept beside what it makes. */
export async function stage(
  given: Recipe,
  { folder, fresh, json }: { folder: string; fresh: boolean; json: boolean },
): Promise<void> {
  const recipe = await resolvePaths(given, process.cwd())
  const written = { name: 'recipe.yaml', text: stringify(recipe) }
  await interruptible('the same command goes on from here', signal =>
    tellRun(runStages(recipe, { folder, fresh, written, signal }), { json }),
  )
}
