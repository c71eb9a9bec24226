import { runRecipe } from '../../pipeline/run-recipe.js'
import { RunLines } from '../run-lines.js'

/** `xling run` */
export async function run(
  recipe: string,
  options: { folder?: string; fresh?: boolean; json?: boolean },
): Promise<void> {
  const { folder, fresh = false, json = false } = options
  const controller = new AbortController()
  // Once: whoever asks a second time does not want to wait.
  process.once('SIGINT', () => controller.abort(new Error('interrupted')))
  const lines = new RunLines()
  const told = { ...(folder !== undefined && { folder }), fresh, signal: controller.signal }
  try {
    for await (const event of runRecipe(recipe, told))
      for (const line of json ? [JSON.stringify(event)] : lines.of(event)) console.log(line)
  } catch (error) {
    if (!controller.signal.aborted) throw error
    console.error('xling: interrupted; the same command goes on from here')
    process.exitCode = 130
  }
}
