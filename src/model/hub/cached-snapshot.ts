import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { fileFailure } from '../../files/atomic.js'
import { readRef, sizeOf, snapshotOf } from './cache-layout.js'
import { named } from './hub-errors.js'
import { staysInside } from './listing.js'
import { shardsOf, weightsFile, weightsIndex } from './needed-files.js'
import type { Repository } from './repository.js'

// What a snapshot must hold to be a model; xling fetches the weights last, so what comes beside them is there too.
async function neededIn(snapshot: string): Promise<string[]> {
  const index = join(snapshot, weightsIndex)
  if ((await sizeOf(join(snapshot, weightsFile))) !== undefined || (await sizeOf(index)) === undefined)
    return ['config.json', weightsFile]
  return ['config.json', ...shardsOf(await readFile(index, 'utf8').catch(fileFailure('read', index)), index)]
}

/**
 * The snapshot of a repository that the cache holds, with no network.
 * @throws XlingError `ERR_HUB_OFFLINE` with what is missing, `ERR_MALFORMED_FILE`, `ERR_FILE_FAILED`
 */
export async function cachedSnapshot(
  storage: string,
  repository: Repository,
  files: readonly string[] | undefined,
): Promise<string> {
  const snapshot = snapshotOf(storage, await readRef(storage, repository.revision))
  const missing: string[] = []
  for (const path of files ?? (await neededIn(snapshot)))
    if (!staysInside(path) || (await sizeOf(join(snapshot, path))) === undefined) missing.push(path)
  if (missing.length > 0)
    throw new XlingError(
      'ERR_HUB_OFFLINE',
      `HF_HUB_OFFLINE is set, and ${storage} lacks ${missing.join(', ')} of ${named(repository)}; ` +
        'unset it once to download them',
    )
  return snapshot
}
