// The cache that Python's huggingface_hub shares: models--owner--name/{blobs/<etag>, refs/<revision>,
// snapshots/<commit>/<path>}, and datasets--owner--name for data sets; a snapshot's file is a relative link to its blob, a ref is a file that holds a commit.
import { randomUUID } from 'node:crypto'
import { readFile, rename, stat, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { ensureFolder, fileFailure, writeAtomic } from '../../files/atomic.js'
import { hubLibrary } from './library.js'
import type { Repository } from './repository.js'

/** True for what can name a commit or a blob: both come from outside and become names of files. */
export const isHash = (text: unknown): text is string => typeof text === 'string' && /^[0-9a-z]{1,128}$/i.test(text)

/** The folder of a repository in the cache. */
export const storageOf = (cache: string, { type, id }: Repository) =>
  join(cache, hubLibrary().getRepoFolderName({ type, name: id }))

export const blobOf = (storage: string, etag: string) => join(storage, 'blobs', etag)

export const snapshotOf = (storage: string, commit: string) => join(storage, 'snapshots', commit)

/** Bytes of a file, through links; undefined where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ? found.size : undefined
}

/** Puts a blob under a path of a snapshot, over whatever is there. */
export async function linkBlob(blob: string, path: string): Promise<void> {
  await ensureFolder(dirname(path))
  const temporary = `${path}.${randomUUID()}`
  await symlink(relative(dirname(path), blob), temporary).catch(fileFailure('link', path))
  await rename(temporary, path).catch(fileFailure('link', path))
}

/** Records the commit that a revision stood for; a commit stands for itself. */
export async function writeRef(storage: string, revision: string, commit: string): Promise<void> {
  if (revision === commit) return
  const ref = join(storage, 'refs', revision)
  await ensureFolder(dirname(ref))
  await writeAtomic(ref, commit)
}

/** The commit that a revision stands for as far as the cache knows: itself, where no ref was recorded. */
export async function readRef(storage: string, revision: string): Promise<string> {
  const commit = (await readFile(join(storage, 'refs', revision), 'utf8').catch(() => '')).trim()
  return isHash(commit) ? commit : revision
}
