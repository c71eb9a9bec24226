import { readFile } from 'node:fs/promises'
import { XlingError } from '../binding/errors.js'
import { checkOptions } from '../binding/options.js'
import { fileFailure } from '../files/atomic.js'
import { sizeOf, snapshotOf, storageOf, writeRef } from './hub/cache-layout.js'
import { cachedSnapshot } from './hub/cached-snapshot.js'
import { type Download, fetchFile, placeOf } from './hub/fetch-file.js'
import { hubFetch } from './hub/hub-fetch.js'
import { type HubFile, listRepository, resolveCommit } from './hub/listing.js'
import { modelFiles, namedFiles, shardsOf, weightsIndex } from './hub/needed-files.js'
import { checkRepository, type Repository } from './hub/repository.js'
import { type HubSettings, hubSettings } from './hub/settings.js'

/** How far a download is, in bytes over all files that were not in the cache when it began. */
export interface DownloadProgress {
  file: string // that is being fetched
  received: number
  total: number
}

/** Options of {@link downloadModel}. */
export interface DownloadOptions {
  /** Branch, tag or commit; default 'main'. */
  revision?: string | undefined
  /** Paths in the repository to fetch in place of what a model needs. */
  files?: readonly string[] | undefined
  signal?: AbortSignal | undefined
  onProgress?: ((progress: DownloadProgress) => void) | undefined
}

async function fetchAll(download: Download, files: readonly HubFile[], onProgress: DownloadOptions['onProgress']) {
  const absent: HubFile[] = []
  for (const file of files) if ((await sizeOf(placeOf(download, file))) !== file.size) absent.push(file)
  const total = absent.reduce((sum, { size }) => sum + size, 0)
  let before = 0
  for (const file of absent) {
    await fetchFile(download, file, bytes => onProgress?.({ file: file.path, received: before + bytes, total }))
    before += file.size
  }
}

// The library's snapshotDownload fetches every file of a repository; its downloadFileToCacheDir checks neither size nor
// hash, lets two processes write one temporary file, and starts anew after a break; its blobs turn a network error into
// a string. So it tells us what there is (listing.ts), and the bytes are fetched by fetch-file.ts, over plain HTTP, which
// the hub offers for files in Xet storage as well.
async function fetchSnapshot(repository: Repository, settings: HubSettings, options: DownloadOptions): Promise<string> {
  const { files, signal, onProgress } = options
  const fetch = hubFetch(settings, repository, signal)
  const commit = await resolveCommit(repository, { endpoint: settings.endpoint, fetch })
  const listing = await listRepository(repository, commit, { endpoint: settings.endpoint, fetch })
  const storage = storageOf(settings.cache, repository.id)
  const address = `${settings.endpoint}/${repository.id}/resolve/${commit}`
  const download: Download = { storage, commit, address, fetch, signal }
  const wanted = files ? namedFiles(listing, files, repository) : modelFiles(listing, repository)
  const index = files ? undefined : wanted.find(({ path }) => path === weightsIndex)
  if (index) {
    await fetchAll(download, [index], undefined)
    const place = placeOf(download, index)
    const text = await readFile(place, 'utf8').catch(fileFailure('read', place))
    wanted.push(...namedFiles(listing, shardsOf(text, place), repository))
  }
  await fetchAll(download, wanted, onProgress)
  await writeRef(storage, repository.revision, commit)
  return snapshotOf(storage, commit)
}

/**
 * Brings a model of the hub (`id`: 'owner/name' or 'name') into the cache that Python's huggingface_hub uses, and gives
 * the folder of its snapshot: configuration, tokenizer and safetensors weights. What the cache holds is not fetched
 * again; what breaks off goes on from there in the next call.
 *
 * Reads `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME`, `HF_HUB_CACHE` and `HF_HUB_OFFLINE` (the cache alone is used).
 * @throws XlingError
 * - `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`
 * - `ERR_HUB_NOT_FOUND`: no such model, revision or file, or nothing that is a model in it
 * - `ERR_HUB_GATED`: its terms were not accepted by the token's owner
 * - `ERR_HUB_OFFLINE`: offline, and the cache lacks something, which is named
 * - `ERR_HUB_FAILED`: no answer after three attempts, a broken or false one, a path that leaves the folder
 * - `ERR_UNSUPPORTED_FILE`: only pickled or GGUF weights; `ERR_MALFORMED_FILE`: a broken index of shards
 * - `ERR_DISK_FULL`, `ERR_FILE_FAILED`
 *
 * An abort rejects with the signal's reason.
 */
export async function downloadModel(id: string, options: DownloadOptions = {}): Promise<string> {
  checkOptions('downloadModel', options, ['revision', 'files', 'signal', 'onProgress'])
  const { revision = 'main', files, signal } = options
  const repository: Repository = { id, revision }
  checkRepository(repository)
  if (files !== undefined && !(Array.isArray(files) && files.length > 0))
    throw new XlingError('ERR_INVALID_ARGUMENT', 'downloadModel: files must be paths in the repository, one at least')
  signal?.throwIfAborted()
  const settings = await hubSettings()
  if (settings.offline) return cachedSnapshot(storageOf(settings.cache, id), repository, files)
  try {
    return await fetchSnapshot(repository, settings, options)
  } catch (error) {
    signal?.throwIfAborted() // whatever failed because of the abort
    throw error
  }
}
