// A folder that one process at a time works in.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { XlingError } from '../binding/errors.js'
import { fileFailure, isAlive } from './atomic.js'

/**
 * Makes a file that holds this process's number; one that a process left that is no more is taken over. It tells processes
 * of one machine apart, not those of several that share a disk.
 * @param path its folder must exist
 * @returns gives it back
 * @throws XlingError `ERR_RUN_BUSY` while another process has it, `ERR_DISK_FULL`, `ERR_FILE_FAILED`
 */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    const taken = await writeFile(path, `${process.pid}\n`, { flag: 'wx' }).then(
      () => true,
      (error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? false : fileFailure('write', path)(error)),
    )
    if (taken) return () => rm(path, { force: true }).catch(fileFailure('remove', path))
    const owner = Number((await readFile(path, 'utf8').catch(() => '')).trim())
    if (owner > 0 && isAlive(owner))
      throw new XlingError(
        'ERR_RUN_BUSY',
        `${path} is held by process ${owner}, which is at work in this folder; wait for its end, or give another folder`,
      )
    await rm(path, { force: true }).catch(fileFailure('remove', path))
  }
}
