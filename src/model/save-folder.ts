// A model as a folder in Hugging Face's layout.
import { copyFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureFolder, fileFailure, writeAtomic } from '../files/atomic.js'

/** What travels with a model unchanged. */
const companions =
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
  /** Where the tokenizer and its like are copied from. */
  readonly companionsFrom: string | undefined
}

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
  await ensureFolder(folder)
  for (const name of await readdir(folder).catch(fileFailure('read', folder)))
    if (/^(config\.json|model(-\d+-of-\d+)?\.safetensors(\.index\.json)?)$/.test(name))
      await rm(join(folder, name)).catch(fileFailure('replace', join(folder, name)))
  await writeWeights(saved, writeShard)
  if (saved.companionsFrom !== undefined) await copyCompanions(saved.companionsFrom, folder)
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

async function copyCompanions(from: string, to: string): Promise<void> {
  for (const name of await readdir(from).catch(fileFailure('read', from)))
    if (companions.test(name))
      await copyFile(join(from, name), join(to, name)).catch(fileFailure('copy', join(from, name)))
}
