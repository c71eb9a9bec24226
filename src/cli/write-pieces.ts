// A file that is too large to be held, written whole or not at all.
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ensureFolder, fileFailure } from '../files/atomic.js'

/**
 * Writes pieces under a temporary name beside the file, which becomes the file's when the last has reached the disk.
 * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`, and whatever making the pieces throws
 */
export async function writePieces(path: string, pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  const whole = resolve(path)
  await ensureFolder(dirname(whole))
  const temporary = join(dirname(whole), `.${basename(whole)}.${process.pid}.tmp`)
  const failed = fileFailure('write', whole)
  const file = await open(temporary, 'w').catch(failed)
  try {
    for await (const piece of pieces) await file.appendFile(piece).catch(failed)
    await file.sync().catch(failed)
    await file.close()
    await rename(temporary, whole).catch(failed)
  } catch (error) {
    await file.close()
    await rm(temporary, { force: true })
    throw error
  }
}
