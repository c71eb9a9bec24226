import { readFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { XlingError } from '../binding/errors.js'
import { checkOptions } from '../binding/options.js'
import { fileFailure } from '../files/atomic.js'
import { readRecipe } from './recipe/read-recipe.js'
import type { RunEvent } from './run-event.js'
import { runStages } from './run-stages.js'

export interface RunOptions {
  /** The run directory. Default: `runs/<the recipe's name>` where the process stands. */
  folder?: string
  /** Starts all stages over. Default false: what is done is skipped, and what was left is gone on with. */
  fresh?: boolean
  /** An abort rejects with its reason; the same call goes on from there. */
  signal?: AbortSignal
}

/**
 * Runs the stages of a recipe into a run directory: for each a folder with stage.json, metrics.jsonl, TensorBoard's files
 * and what it made; summary.json when all are done. A stage that is done is skipped, as long as its options, and the
 * contents of the files that it reads, are the same; one that was interrupted, by whatever, goes on and comes to the same
 * files, to the byte.
 * @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`, `ERR_INVALID_RECIPE`, `ERR_FILE_NOT_FOUND`,
 * `ERR_RUN_MISMATCH` for a directory with the work of other inputs, `ERR_RUN_BUSY` while another process works in it, and
 * whatever loading, reading and training throw; the signal's reason
 */
export async function* runRecipe(path: string, options: RunOptions = {}): AsyncGenerator<RunEvent, void> {
  checkOptions('runRecipe', options, ['folder', 'fresh', 'signal'])
  if (typeof path !== 'string' || path === '')
    throw new XlingError('ERR_INVALID_ARGUMENT', 'runRecipe: give the path of a recipe')
  const { folder = join('runs', basename(path, extname(path))), fresh = false, signal } = options
  signal?.throwIfAborted()
  const recipe = await readRecipe(path)
  const text = await readFile(path).catch(fileFailure('read', path))
  yield* runStages(recipe, { folder, fresh, written: { name: `recipe${extname(path)}`, text }, signal })
}
