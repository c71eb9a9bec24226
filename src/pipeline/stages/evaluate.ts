// Says what was gained: the trained encoder, the one that it began with, and what takes no model.
import { join } from 'node:path'
import type { DeviceInfo } from '../../binding/native-types.js'
import type { JsonObject } from '../../files/json-object.js'
import { Encoder } from '../../model/encoder.js'
import { folderHashes, modelIdentity, scoringIdentity } from '../identity.js'
import type { Recipe } from '../recipe/recipe.js'
import { score, scoreControl, through } from '../score.js'
import type { Stage } from '../stage.js'

/** An encoder that is scored. */
interface Scored {
  readonly model: string
  readonly pooling?: Encoder['pooling']
  /** A folder, where it is scored through an adapter. */
  readonly adapter?: string
}

export function evaluateStages(recipe: Recipe, root: string): Stage[] {
  const { evaluate: given, device, seed } = recipe
  if (!given) return []
  const scored = scoredOf(recipe, root)
  return [
    {
      id: 'evaluate',
      seed,
      async inputs(signal) {
        const sets: Record<string, JsonObject> = {}
        for (const [name, set] of Object.entries(given.sets)) sets[name] = await scoringIdentity(set, signal)
        const models: Record<string, JsonObject> = {}
        for (const [name, one] of Object.entries(scored)) models[name] = await identityOf(one, signal)
        return { models, sets }
      },
      // biome-ignore lint/correctness/useYield: it tells of nothing on its way
      async *work({ signal }) {
        const results: Record<string, Record<string, unknown>> = {}
        for (const [name, set] of Object.entries(given.sets)) {
          const control = await scoreControl(set, signal)
          results[name] = control ? { control } : {}
        }
        let on: DeviceInfo | undefined
        for (const [name, one] of Object.entries(scored)) {
          await using encoder = await load(one, device, signal)
          on = encoder.device
          const adapter = one.adapter === undefined ? undefined : await encoder.loadAdapter(one.adapter)
          for (const [set, scoring] of Object.entries(given.sets))
            results[set] = { ...results[set], [name]: await score(through(encoder, adapter), scoring, signal) }
        }
        return { device: on, output: undefined, results }
      },
    },
  ]
}

/** By what they are called among the results. */
function scoredOf({ evaluate, 'train-encoder': trained }: Recipe, root: string): Readonly<Record<string, Scored>> {
  if (evaluate?.model !== undefined || !trained) return { model: { model: evaluate?.model ?? '' } }
  const { model, pooling, adapter } = trained
  const untouched = { model, ...(pooling && { pooling }) }
  const made = (name: string) => join(root, 'train-encoder', name)
  return {
    untouched,
    trained: adapter ? { ...untouched, adapter: made('adapter') } : { model: made('encoder') },
  }
}

function load({ model, pooling }: Scored, device: Recipe['device'], signal: AbortSignal | undefined) {
  const options = { device, trainable: 'adapters', ...(pooling && { pooling }), ...(signal && { signal }) } as const
  return Encoder.load(model, options)
}

async function identityOf({ model, pooling, adapter }: Scored, signal: AbortSignal | undefined): Promise<JsonObject> {
  const hashes = adapter === undefined ? undefined : await folderHashes(adapter, signal)
  return { model: await modelIdentity(model, signal), pooling, adapter: hashes }
}
