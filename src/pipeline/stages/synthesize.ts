// Lets the adapted decoder write triplets.
import { join } from 'node:path'
import { ensureFolder, writeAtomic } from '../../files/atomic.js'
import { synthesis } from '../../generate/synthesize.js'
import type { Triplet } from '../../generate/triplet.js'
import { Decoder } from '../../model/decoder.js'
import { dataIdentity, folderHashes, modelIdentity } from '../identity.js'
import type { Recipe } from '../recipe/recipe.js'
import type { Stage } from '../stage.js'

const id = 'synthesize'
const output = 'triplets'

/** What the stage makes, in a run directory. */
export const tripletsFile = (root: string) => join(root, id, output, 'triplets.jsonl')

export function synthesizeStages(recipe: Recipe, root: string): Stage[] {
  const { synthesize: given, adapt, device, seed: common } = recipe
  if (!given) return []
  const { model: own, quantize: ownStorage, adapters: names, sentences, seed = common, batchSize, ...settings } = given
  // A recipe without either was refused.
  const model = own ?? adapt?.model ?? ''
  const quantize = ownStorage ?? (own === undefined ? adapt?.quantize : undefined)
  const folderOf = (name: string) =>
    Object.hasOwn(adapt?.adapters ?? {}, name) ? join(root, 'adapt', name, 'adapter') : name
  const folders = { positive: folderOf(names.positive), negative: folderOf(names.negative) }
  return [
    {
      id,
      seed,
      async inputs(signal) {
        const adapters = {
          positive: await folderHashes(folders.positive, signal),
          negative: await folderHashes(folders.negative, signal),
        }
        return {
          ...{ model: await modelIdentity(model, signal), quantize, adapters, ...settings, seed },
          sentences: await dataIdentity(sentences, signal),
        }
      },
      async *work({ folder, signal }) {
        const aborted = signal ? { signal } : {}
        await using llm = await Decoder.load(model, { device, ...(quantize && { quantize }), ...aborted })
        const adapters = {
          positive: await llm.loadAdapter(folders.positive, { name: 'positive', ...aborted }),
          negative: await llm.loadAdapter(folders.negative, { name: 'negative', ...aborted }),
        }
        const told = { ...settings, ...(batchSize !== undefined && { batchSize }), ...aborted }
        const events = synthesis(llm, { sentences, adapters, seed, folder, ...told })
        const triplets: Triplet[] = []
        let next = await events.next()
        try {
          for (; !next.done; next = await events.next()) {
            if (next.value.triplet) triplets.push(next.value.triplet)
            yield { kind: 'sentence', event: next.value }
          }
        } finally {
          if (!next.done) await events.return(undefined as never)
        }
        await ensureFolder(join(folder, output))
        const lines = triplets.map(triplet => `${JSON.stringify(triplet)}\n`)
        await writeAtomic(join(folder, output, 'triplets.jsonl'), lines.join(''))
        return { device: llm.device, output, results: { ...next.value } }
      },
    },
  ]
}
