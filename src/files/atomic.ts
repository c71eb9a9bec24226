import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/** What the engine writes under, as `native/io/atomic_file.cc` names it: by the number of its process. */
const temporaryName = /^\.xling-(\d+)-\d+\.tmp$/

/**
 * Removes what a process that was killed left half-written in a folder.
 * @throws XlingError `ERR_FILE_FAILED`
 */
export async function removeHalfWritten(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(fileFailure('read', folder))) {
    const [, pid] = temporaryName.exec(name) ?? []
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(folder, name), { force: true }).catch(fileFailure('remove', join(folder, name)))
  }
}

/** Whether a process of this number is running on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
