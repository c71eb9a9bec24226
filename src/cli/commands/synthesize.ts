// Synthesis by several processes.
import { resolve } from 'node:path'
import { joinShards } from '../../generate/join-shards.js'
import type { Shard } from '../../generate/shard.js'
import type { FilterOptions } from '../../parse/filters/index.js'
import type { Recipe } from '../../pipeline/recipe/recipe.js'
import { resolvePaths } from '../../pipeline/recipe/resolve-paths.js'
import type { RunEvent } from '../../pipeline/run-event.js'
import { synthesisFolder, synthesisOf, tripletsFile, writeTriplets } from '../../pipeline/stages/synthesize.js'
import { interruptible } from '../interruption.js'
import { tellRun } from '../progress/tell-run.js'

/** Writes a part into the journal that is this part's own: several processes may share the run directory. */
export async function synthesizePart(
  given: Recipe,
  { folder, fresh, json, shard }: { folder: string; fresh: boolean; json: boolean; shard: Shard },
): Promise<void> {
  const recipe = await resolvePaths(given, process.cwd())
  await interruptible('the same command goes on from here', signal =>
    tellRun(partOf(recipe, resolve(folder), { shard, fresh, signal }), { json }),
  )
}

async function* partOf(
  recipe: Recipe,
  root: string,
  place: { shard: Shard; fresh: boolean; signal: AbortSignal },
): AsyncGenerator<RunEvent, void> {
  const { index, count } = place.shard
  const stage = `synthesize ${index}/${count}`
  const folder = synthesisFolder(root)
  const events = synthesisOf(recipe, root, { folder, ...place })
  let next = await events.next()
  try {
    yield { kind: 'began', stage, resumed: next.done !== true && next.value.resumed }
    for (; !next.done; next = await events.next()) yield { kind: 'sentence', stage, event: next.value }
  } finally {
    if (!next.done) await events.return(undefined as never)
  }
  const { device: _, ...results } = next.value
  yield { kind: 'done', stage, folder, results }
}

/** Joins all parts, and puts the triplets where the stage does. */
export async function joinParts(folder: string, filters: FilterOptions, { json }: { json: boolean }): Promise<void> {
  const root = resolve(folder)
  const { triplets, counts } = await joinShards(synthesisFolder(root), { filters })
  await writeTriplets(root, triplets)
  const file = tripletsFile(root)
  if (json) console.log(JSON.stringify({ file, ...counts }))
  else console.log(`${counts.kept} triplets of ${counts.sentences} sentences\n  ${file}`)
}
