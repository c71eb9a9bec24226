import { mkdir, writeFile } from 'node:fs/promises'
import writeFileAtomic from 'write-file-atomic'
import { XlingError } from '../binding/errors.js'

/**
 * What to pass to `.catch` of a file operation: throws its failure as an XlingError that names the
 * path and the system's reason.
 * @throws XlingError `ERR_DISK_FULL` where the disk or the quota has no room, else `ERR_FILE_FAILED`
 */
export function fileFailure(action: string, path: string): (cause: unknown) => never {
  return cause => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new XlingError('ERR_DISK_FULL', `cannot ${action} ${path}: no room is left; make some (${reason})`, {
        cause,
      })
    throw new XlingError('ERR_FILE_FAILED', `cannot ${action} ${path}: ${reason}`, { cause })
  }
}

/**
 * Makes a folder and those above it, where they do not exist.
 * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`
 */
export async function ensureFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch(fileFailure('make the folder', path))
}

/**
 * Writes a whole file (a string as UTF-8) under a temporary name beside it, fsyncs it and renames it:
 * whatever happens, `path` holds either what it held before or all of `data`. Its folder must exist.
 * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`
 */
export async function writeAtomic(path: string, data: string | Uint8Array): Promise<void> {
  // The package's own write ignores how many bytes the system took, so on a disk that fills up it would rename a
  // short file into place. It waits for this callback, before it syncs and renames; writeFile writes all or fails.
  const tmpfileCreated = (temporary: string) => writeFile(temporary, data)
  await writeFileAtomic(path, '', { tmpfileCreated }).catch(fileFailure('write', path))
}
