import { runRecipe } from '../../pipeline/run-recipe.js'
import { interruptible } from '../interruption.js'
import { tellRun } from '../progress/tell-run.js'

/** `xling run` */
export async function run(
  recipe: string,
  { folder, fresh = false, json = false }: { folder?: string; fresh?: boolean; json?: boolean },
): Promise<void> {
  await interruptible('the same command goes on from here', signal =>
    tellRun(runRecipe(recipe, { ...(folder !== undefined && { folder }), fresh, signal }), { json }),
  )
}
