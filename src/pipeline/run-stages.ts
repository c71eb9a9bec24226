// A recipe's stages, run into a directory.
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ensureFolder, fileFailure, writeAtomic } from '../files/atomic.js'
import type { JsonObject } from '../files/json-object.js'
import { takeLock } from '../files/lock.js'
import type { Recipe } from './recipe/recipe.js'
import type { RunEvent } from './run-event.js'
import { runStage } from './run-stage.js'
import { stagesOf } from './stages/index.js'

export interface StagesPlace {
  /** The run directory. */
  readonly folder: string
  /** Starts these stages over. */
  readonly fresh: boolean
  /** The recipe's file as it was written, kept beside the stages for whoever finds the directory later. */
  readonly written: { readonly name: string; readonly text: string | Uint8Array }
  readonly signal: AbortSignal | undefined
}

/**
 * What `runRecipe` does with a recipe that was read.
 * @throws XlingError `ERR_RUN_MISMATCH`, `ERR_RUN_BUSY`, and whatever the stages throw; the signal's reason
 */
export async function* runStages(recipe: Recipe, place: StagesPlace): AsyncGenerator<RunEvent, void> {
  const { folder, fresh, written, signal } = place
  const root = resolve(folder)
  const stages = stagesOf(recipe, root)
  await ensureFolder(root)
  const giveBack = await takeLock(join(root, 'run.lock'))
  try {
    if (fresh) for (const { id } of stages) await removeFolder(join(root, id))
    // What counts is in each stage's record.
    await writeAtomic(join(root, written.name), written.text)
    const results: Record<string, JsonObject> = {}
    for (const stage of stages) results[stage.id] = yield* runStage(stage, { root, signal })
    await writeAtomic(join(root, 'summary.json'), `${JSON.stringify({ version: 1, stages: results }, null, 2)}\n`)
  } finally {
    await giveBack()
  }
}

const removeFolder = (path: string) => rm(path, { recursive: true, force: true }).catch(fileFailure('remove', path))
