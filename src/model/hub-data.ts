// Files of data sets on the hub.
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import picomatch from 'picomatch'
import { isDynamicPattern } from 'tinyglobby'
import { XlingError } from '../binding/errors.js'
import { readRef, snapshotOf, storageOf } from './hub/cache-layout.js'
import { cachedSnapshot } from './hub/cached-snapshot.js'
import { fetchSnapshot } from './hub/fetch-snapshot.js'
import { named } from './hub/hub-errors.js'
import { namedFiles } from './hub/needed-files.js'
import type { Repository } from './hub/repository.js'
import { hubSettings } from './hub/settings.js'

/**
 * Brings files of a data set into the cache that Python's huggingface_hub uses, and gives their whole paths, sorted. What
 * the cache holds is not fetched again. With `HF_HUB_OFFLINE` the cache alone is used: a glob then matches what it holds.
 * @param pattern a path in the repository, or a glob, as of files; a file of that very name comes first
 * @throws XlingError `ERR_HUB_NOT_FOUND` also where nothing matches, `ERR_HUB_GATED`, `ERR_HUB_OFFLINE`,
 * `ERR_HUB_FAILED`, `ERR_DISK_FULL`, `ERR_FILE_FAILED`; an abort rejects with the signal's reason
 */
export async function downloadDataFiles(
  repository: Repository,
  pattern: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<string[]> {
  options.signal?.throwIfAborted()
  const settings = await hubSettings()
  const { folder, paths } = settings.offline
    ? await cached(storageOf(settings.cache, repository), repository, pattern)
    : await fetchSnapshot(
        repository,
        settings,
        listing => {
          const wanted = chosen([...listing.keys()], pattern)
          if (wanted.length === 0)
            throw new XlingError('ERR_HUB_NOT_FOUND', `${named(repository)} has no file that matches '${pattern}'`)
          return namedFiles(listing, wanted, repository)
        },
        options,
      )
  return paths.map(path => join(folder, path)).sort()
}

/** @returns paths; the pattern itself where it is none */
function chosen(paths: readonly string[], pattern: string): string[] {
  if (paths.includes(pattern) || !isDynamicPattern(pattern)) return [pattern]
  // The library that matches paths on this machine, too.
  const matches = picomatch(pattern)
  return paths.filter(path => matches(path))
}

async function cached(storage: string, repository: Repository, pattern: string) {
  const snapshot = snapshotOf(storage, await readRef(storage, repository.revision))
  const entries = await readdir(snapshot, { recursive: true, withFileTypes: true }).catch(() => [])
  // Links to blobs are no directories.
  const files = entries.filter(entry => !entry.isDirectory())
  const paths = chosen(
    files.map(entry => relative(snapshot, join(entry.parentPath, entry.name))),
    pattern,
  )
  return { folder: await cachedSnapshot(storage, repository, paths.length > 0 ? paths : [pattern]), paths }
}
