import { readFile } from 'node:fs/promises'
import { XlingError } from '../binding/errors.js'
import { checkOptions } from '../binding/options.js'
import { fileFailure } from '../files/atomic.js'
import { storageOf } from './hub/cache-layout.js'
import { cachedSnapshot } from './hub/cached-snapshot.js'
import { type Choose, fetchSnapshot, type SnapshotOptions } from './hub/fetch-snapshot.js'
import { modelFiles, namedFiles, shardsOf, weightsIndex } from './hub/needed-files.js'
import { checkRepository, type Repository } from './hub/repository.js'
import { hubSettings } from './hub/settings.js'

/** Options of {@link downloadModel}. */
export interface DownloadOptions extends SnapshotOptions {
  /** Branch, tag or commit; default 'main'. */
  revision?: string | undefined
  /** Paths in the repository to fetch in place of what a model needs. */
  files?: readonly string[] | undefined
}

// Index and shards are one choice: what the index names is known once it is there.
const chooseModel =
  (repository: Repository): Choose =>
  async (listing, fetched) => {
    const wanted = modelFiles(listing, repository)
    const index = wanted.find(({ path }) => path === weightsIndex)
    if (!index) return wanted
    const place = await fetched(index)
    const text = await readFile(place, 'utf8').catch(fileFailure('read', place))
    return [...wanted, ...namedFiles(listing, shardsOf(text, place), repository)]
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
  const { revision = 'main', files, signal, onProgress } = options
  const repository: Repository = { type: 'model', id, revision }
  checkRepository(repository)
  if (files !== undefined && !(Array.isArray(files) && files.length > 0))
    throw new XlingError('ERR_INVALID_ARGUMENT', 'downloadModel: files must be paths in the repository, one at least')
  signal?.throwIfAborted()
  const settings = await hubSettings()
  if (settings.offline) return cachedSnapshot(storageOf(settings.cache, repository), repository, files)
  const choose: Choose = files ? listing => namedFiles(listing, files, repository) : chooseModel(repository)
  return (await fetchSnapshot(repository, settings, choose, { signal, onProgress })).folder
}
