// The files of one commit, from the hub into the cache.
import { sizeOf, snapshotOf, storageOf, writeRef } from './cache-layout.js'
import { type Download, fetchFile, placeOf } from './fetch-file.js'
import { hubFetch } from './hub-fetch.js'
import { type HubFile, listRepository, resolveCommit } from './listing.js'
import { pageOf, type Repository } from './repository.js'
import type { HubSettings } from './settings.js'

/** How far a download is, in bytes over all files that were not in the cache when it began. */
export interface DownloadProgress {
  file: string // that is being fetched
  received: number
  total: number
}

export interface SnapshotOptions {
  signal?: AbortSignal | undefined
  onProgress?: ((progress: DownloadProgress) => void) | undefined
}

/** Of a listing, the files to fetch; `fetched` brings one into the cache before, for what must be read to know others. */
export type Choose = (
  listing: ReadonlyMap<string, HubFile>,
  fetched: (file: HubFile) => Promise<string>,
) => HubFile[] | Promise<HubFile[]>

/** Where the snapshot is, and the paths in it that were chosen. */
export interface Snapshot {
  folder: string
  paths: string[]
}

async function fetchAll(
  download: Download,
  files: readonly HubFile[],
  onProgress?: SnapshotOptions['onProgress'],
): Promise<void> {
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
async function fetchChosen(
  repository: Repository,
  settings: HubSettings,
  choose: Choose,
  { signal, onProgress }: SnapshotOptions,
): Promise<Snapshot> {
  const { endpoint, cache } = settings
  const fetch = hubFetch(settings, repository, signal)
  const commit = await resolveCommit(repository, { endpoint, fetch })
  const listing = await listRepository(repository, commit, { endpoint, fetch })
  const storage = storageOf(cache, repository)
  const address = `${endpoint}/${pageOf(repository)}/resolve/${commit}`
  const download: Download = { storage, commit, address, fetch, signal }
  const files = await choose(listing, async file => {
    await fetchAll(download, [file])
    return placeOf(download, file)
  })
  await fetchAll(download, files, onProgress)
  await writeRef(storage, repository.revision, commit)
  return { folder: snapshotOf(storage, commit), paths: files.map(({ path }) => path) }
}

/**
 * Brings what is chosen of a repository into the cache, as far as it is not there.
 * @throws XlingError what {@link fetchFile} and listing do; an abort rejects with the signal's reason
 */
export async function fetchSnapshot(
  repository: Repository,
  settings: HubSettings,
  choose: Choose,
  options: SnapshotOptions,
): Promise<Snapshot> {
  try {
    return await fetchChosen(repository, settings, choose, options)
  } catch (error) {
    options.signal?.throwIfAborted() // whatever failed because of the abort
    throw error
  }
}
