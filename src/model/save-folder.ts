// A model as a folder in Hugging Face's layout.
import { copyFile, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ensureFolder, fileFailure, writeAtomic } from '../files/atomic.js'
import { type TokenizerSources, tokenizerFiles } from '../tokenizer/sources.js'

/** What travels with a model unchanged. */
const companionNames =
  /^(tokenizer.*\.json|special_tokens_map\.json|added_tokens\.json|vocab\.(txt|json)|merges\.txt|chat_template.*|generation_config\.json)$/

export interface SavedTensor {
  readonly slot: string
  readonly name: string
  readonly bytes: number
}

export interface SavedFolder {
  readonly folder: string
  readonly config: object
  readonly tensors: readonly SavedTensor[]
  readonly companions: Companions
}

/** The tokenizer and its like. What it returns puts them into a folder. */
export type Companions = () => (to: string) => Promise<void>

// As transformers cuts them.
const shardBytes = 5e9

/**
 * Writes the weights file by file through `writeShard`, then what goes with them. config.json comes last and an older
 * one goes first: a folder that was left in the middle does not load.
 * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`
 */
export async function saveFolder(
  saved: SavedFolder,
  writeShard: (path: string, tensors: readonly SavedTensor[]) => Promise<void>,
): Promise<void> {
  const { folder } = saved
  // Whatever keeps a tokenizer from being written shows before anything is replaced.
  const putCompanions = saved.companions()
  await ensureFolder(folder)
  for (const name of await readdir(folder).catch(fileFailure('read', folder)))
    if (/^(config\.json|model(-\d+-of-\d+)?\.safetensors(\.index\.json)?)$/.test(name))
      await rm(join(folder, name)).catch(fileFailure('replace', join(folder, name)))
  await writeWeights(saved, writeShard)
  await putCompanions(folder)
  await writeAtomic(join(folder, 'config.json'), `${JSON.stringify(saved.config, null, 2)}\n`)
}

async function writeWeights({ folder, tensors }: SavedFolder, writeShard: Parameters<typeof saveFolder>[1]) {
  const shards = inShards(tensors)
  if (shards.length === 1) return writeShard(join(folder, 'model.safetensors'), tensors)
  const count = String(shards.length).padStart(5, '0')
  const map: Record<string, string> = {}
  for (const [index, shard] of shards.entries()) {
    const file = `model-${String(index + 1).padStart(5, '0')}-of-${count}.safetensors`
    await writeShard(join(folder, file), shard)
    for (const { name } of shard) map[name] = file
  }
  const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0)
  const index = { metadata: { total_size: total }, weight_map: map }
  await writeAtomic(join(folder, 'model.safetensors.index.json'), `${JSON.stringify(index, null, 2)}\n`)
}

function inShards(tensors: readonly SavedTensor[]): SavedTensor[][] {
  const shards: SavedTensor[][] = [[]]
  let bytes = 0
  for (const tensor of tensors) {
    if (bytes > 0 && bytes + tensor.bytes > shardBytes) {
      shards.push([])
      bytes = 0
    }
    shards.at(-1)?.push(tensor)
    bytes += tensor.bytes
  }
  return shards
}

/** Copies what a folder has of them; saving into that folder leaves them as they are. */
export function companionsOfFolder(from: string): Companions {
  return () => async to => {
    if (resolve(from) === to) return
    for (const name of await readdir(from).catch(fileFailure('read', from)))
      if (companionNames.test(name))
        await copyFile(join(from, name), join(to, name)).catch(fileFailure('copy', join(from, name)))
  }
}

/** @throws XlingError what `make` does, when the folder is about to be written */
export function companionsOfTokenizer(make: () => TokenizerSources): Companions {
  return () => {
    const texts = tokenizerFiles(make())
    return async to => {
      for (const [name, text] of texts) await writeAtomic(join(to, name), text)
    }
  }
}
