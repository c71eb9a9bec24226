// Lets the adapted decoder write triplets.
import { join } from 'node:path'
import { mappedEvents } from '../../binding/mapped-events.js'
import type { DeviceInfo } from '../../binding/native-types.js'
import { ensureFolder, writeAtomic } from '../../files/atomic.js'
import type { Shard } from '../../generate/shard.js'
import { type SynthesisEvent, type SynthesisResult, synthesis } from '../../generate/synthesize.js'
import type { Triplet } from '../../generate/triplet.js'
import { Decoder } from '../../model/decoder.js'
import { dataIdentity, folderHashes, modelIdentity } from '../identity.js'
import type { Recipe } from '../recipe/recipe.js'
import type { Stage } from '../stage.js'
import { adapterFolder } from './adapter-folder.js'
import { mergedModel } from './merge.js'

const id = 'synthesize'
const output = 'triplets'

/** Where the stage works, in a run directory. */
export const synthesisFolder = (root: string) => join(root, id)

/** What it makes there. */
export const tripletsFile = (root: string) => join(synthesisFolder(root), output, 'triplets.jsonl')

export function synthesizeStages(recipe: Recipe, root: string): Stage[] {
  if (!recipe.synthesize) return []
  const { model, quantize, folders, sentences, seed, settings } = toldOf(recipe, recipe.synthesize, root)
  return [
    {
      id,
      seed,
      async inputs(signal) {
        const adapters = {
          positive: await folderHashes(folders.positive, signal),
          negative: await folderHashes(folders.negative, signal),
        }
        // How many are written together changes no result.
        const { batchSize: _, ...rest } = settings
        return {
          ...{ model: await modelIdentity(model, signal), quantize, adapters, ...rest, seed },
          sentences: await dataIdentity(sentences, signal),
        }
      },
      async *work({ folder, signal }) {
        const events = synthesisOf(recipe, root, { folder, signal })
        const triplets: Triplet[] = []
        const { device, ...results } = yield* mappedEvents(events, event => {
          if (event.triplet) triplets.push(event.triplet)
          return { kind: 'sentence' as const, event }
        })
        await writeTriplets(root, triplets)
        return { device, output, results }
      },
    },
  ]
}

/** Puts them where the stage does. */
export async function writeTriplets(root: string, triplets: readonly Triplet[]): Promise<void> {
  await ensureFolder(join(synthesisFolder(root), output))
  await writeAtomic(tripletsFile(root), triplets.map(triplet => `${JSON.stringify(triplet)}\n`).join(''))
}

export interface SynthesisPlace {
  /** For the journal. */
  readonly folder: string
  readonly shard?: Shard
  /** Starts the journal over. */
  readonly fresh?: boolean
  readonly signal: AbortSignal | undefined
}

/** The synthesis of a recipe, or a part of it. */
export async function* synthesisOf(
  recipe: Recipe,
  root: string,
  { folder, shard, fresh, signal }: SynthesisPlace,
): AsyncGenerator<SynthesisEvent, SynthesisResult & { device: DeviceInfo }> {
  const { model, quantize, folders, sentences, seed, settings } = toldOf(recipe, recipe.synthesize as Synthesize, root)
  const aborted = signal ? { signal } : {}
  await using llm = await Decoder.load(model, { device: recipe.device, ...(quantize && { quantize }), ...aborted })
  const adapters = {
    positive: await llm.loadAdapter(folders.positive, { name: 'positive', ...aborted }),
    negative: await llm.loadAdapter(folders.negative, { name: 'negative', ...aborted }),
  }
  const told = { ...settings, ...(shard && { shard }), ...(fresh && { fresh }), ...aborted }
  const result = yield* synthesis(llm, { sentences, adapters, seed, folder, ...told })
  return { ...result, device: llm.device }
}

type Synthesize = NonNullable<Recipe['synthesize']>

/** What the stage was told, and what the stages before it give. */
function toldOf(recipe: Recipe, given: Synthesize, root: string) {
  const { adapt, merge, seed } = recipe
  const { model, quantize, adapters, sentences, ...settings } = given
  const folderOf = (name: string) => adapterFolder(recipe, root, name)
  return {
    // A recipe without any was refused.
    model: model ?? (merge ? mergedModel(root) : adapt?.model) ?? '',
    quantize: quantize ?? (model === undefined ? adapt?.quantize : undefined),
    folders: { positive: folderOf(adapters.positive), negative: folderOf(adapters.negative) },
    ...{ sentences, seed, settings },
  }
}
