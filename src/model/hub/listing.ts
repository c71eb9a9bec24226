import { XlingError } from '../../binding/errors.js'
import { isHash } from './cache-layout.js'
import { named, reasonOf } from './hub-errors.js'
import { type Fetch, hubLibrary, type ListedEntry } from './library.js'
import { nounOf, type Repository } from './repository.js'

/** A file of a repository, as the hub lists it. */
export interface HubFile {
  path: string // relative, with '/'
  size: number // bytes
  etag: string // its name among the cache's blobs: the SHA-256 of large (LFS) files, git's hash of others
  sha256?: string // of large files only
}

/** How a repository's listing is asked for. */
export interface ListingOptions {
  endpoint: string
  fetch: Fetch
}

/** True for a relative path of plain segments, which stays in the folder it is joined to. */
export function staysInside(path: string): boolean {
  return path.split('/').every(part => !['', '.', '..'].includes(part) && !/[\\\0]|^[a-z]:/i.test(part))
}

const unlike = (repository: Repository, what: string) =>
  new XlingError(
    'ERR_HUB_FAILED',
    `the hub's answer for ${named(repository)} ${what}; see that HF_ENDPOINT is a Hugging Face hub`,
  )

// Whatever the library throws over an answer it cannot read.
const unreadable = (repository: Repository) => (cause: unknown) => {
  if (cause instanceof XlingError) throw cause
  throw new XlingError(
    'ERR_HUB_FAILED',
    `the hub's answer for ${named(repository)} cannot be read: ${reasonOf(cause)}`,
    { cause },
  )
}

/** The commit that the revision stands for. */
export async function resolveCommit(repository: Repository, { endpoint, fetch }: ListingOptions): Promise<string> {
  const { type, id, revision } = repository
  if (/^[0-9a-f]{40}$/.test(revision)) return revision
  const asked = { name: id, revision, hubUrl: endpoint, fetch, additionalFields: ['sha'] }
  const { modelInfo, datasetInfo } = hubLibrary()
  const info = await (type === 'model' ? modelInfo : datasetInfo)(asked).catch(unreadable(repository))
  if (!isHash(info.sha)) throw unlike(repository, `names no commit ('${info.sha}')`)
  return info.sha
}

function readEntry(entry: ListedEntry, repository: Repository): HubFile {
  const { path, lfs } = entry
  const size = lfs?.size ?? entry.size
  const etag = lfs?.oid ?? entry.oid
  if (!Number.isSafeInteger(size) || size < 0 || !isHash(etag))
    throw unlike(repository, `gives '${path}' no size or hash (${size}, '${etag}')`)
  return { path, size, etag, ...(/^[0-9a-f]{64}$/.test(lfs?.oid ?? '') && { sha256: etag }) }
}

/**
 * The files of a commit by path.
 * @throws XlingError `ERR_HUB_FAILED` also where any path would leave the folder
 */
export async function listRepository(
  repository: Repository,
  commit: string,
  { endpoint, fetch }: ListingOptions,
): Promise<Map<string, HubFile>> {
  const files = new Map<string, HubFile>()
  const repo = { type: repository.type, name: repository.id }
  const entries = hubLibrary().listFiles({ repo, revision: commit, recursive: true, hubUrl: endpoint, fetch })
  const read = async () => {
    for await (const entry of entries) {
      if (typeof entry?.path !== 'string' || !staysInside(entry.path))
        throw unlike(
          repository,
          `lists '${entry?.path}', a path that leaves the ${nounOf(repository)}'s folder: nothing was fetched`,
        )
      if (entry.type === 'file') files.set(entry.path, readEntry(entry, repository))
    }
  }
  await read().catch(unreadable(repository))
  return files
}
