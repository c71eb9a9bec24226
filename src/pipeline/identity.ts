// By what a stage knows the models and data that it read.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { XlingError } from '../binding/errors.js'
import { type DataSource, resolveFiles } from '../data/source.js'
import { fileFailure } from '../files/atomic.js'
import { fileHash } from '../files/hash.js'
import type { JsonObject } from '../files/json-object.js'
import { resolveSource } from '../model/source.js'
import type { Scoring } from './recipe/scoring.js'

// What a model is made of; a folder may hold much else.
const modelFiles = /\.(json|safetensors|txt|model|jinja)$/

/**
 * A model of the hub by its commit, any other by the hashes of its files.
 * @throws XlingError what `Decoder.load` does for a source that is none
 */
export async function modelIdentity(source: string, signal: AbortSignal | undefined): Promise<JsonObject> {
  const found = await resolveSource(source, { signal, orDescribedBy: 'modules.json' })
  if (found.kind === 'gguf') return { gguf: await fileHash(found.file, signal) }
  // As the hub's cache has it: …/snapshots/<commit>.
  const commit = found.repository && found.folder.split('/').at(-1)
  if (commit !== undefined) return { id: found.repository?.id, commit }
  return folderHashes(found.folder, signal, modelFiles)
}

/**
 * The hashes of a folder's files, by their paths in it.
 * @param which names of files
 * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`
 */
export async function folderHashes(folder: string, signal: AbortSignal | undefined, which = /./): Promise<JsonObject> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') return fileFailure('read', folder)(cause)
    throw new XlingError('ERR_FILE_NOT_FOUND', `there is no folder ${folder}`, { cause })
  })
  const paths = entries.filter(entry => which.test(entry.name) && !entry.isDirectory())
  const hashes: Record<string, string> = {}
  for (const { parentPath, name } of paths) {
    const path = join(parentPath, name)
    hashes[path.slice(folder.length + 1)] = await fileHash(path, signal)
  }
  return Object.fromEntries(Object.entries(hashes).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * Data by the hashes of their files, in order, and what is taken of them; where they lie makes no difference.
 * @throws XlingError what reading them does for a source that is none
 */
export async function dataIdentity(source: DataSource, signal: AbortSignal | undefined): Promise<JsonObject> {
  const files = await resolveFiles(source, signal ? { signal } : {})
  const hashes: string[] = []
  for (const file of files) hashes.push(await fileHash(file, signal))
  const { path: _, ...options } = typeof source === 'object' && 'path' in source ? source : { path: '' }
  return { files: hashes, ...options }
}

/** A set by which encoders are scored. A retrieval task's data are a folder; on the hub, its address stands for it. */
export async function scoringIdentity(scoring: Scoring, signal: AbortSignal | undefined): Promise<JsonObject> {
  const { data, ...set } = scoring
  if (scoring.task !== 'retrieval') return { ...set, data: await dataIdentity(data, signal) }
  return { ...set, data: data.startsWith('hf://') ? data : await folderHashes(data, signal) }
}
