// Bytes on their way to a blob. Each download writes a file of its own, named after its process, so that no two ever
// write to one inode; locks would not do, since some network file systems grant them to everyone. A download that
// gives up releases its file by renaming it; one that was killed leaves a name whose process is gone.
import { randomUUID } from 'node:crypto'
import { constants, copyFile, readdir, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { ensureFolder, fileFailure } from '../../files/atomic.js'

const host = hostname().replace(/[^\w-]/g, '-')
const released = (blob: string) => `${blob}.released.incomplete`

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

// Files that downloads of this machine's dead processes left behind.
async function orphansOf(blob: string): Promise<string[]> {
  const names = await readdir(dirname(blob)).catch(() => [])
  const prefix = `${basename(blob)}.${host}.`
  return names
    .filter(name => name.startsWith(prefix) && name.endsWith('.incomplete'))
    .filter(name => !isRunning(Number.parseInt(name.slice(prefix.length), 10)))
    .map(name => join(dirname(blob), name))
}

/** A file that this download alone writes; it begins with what an earlier one had got, where there is such. */
export async function claimPartial(blob: string): Promise<string> {
  await ensureFolder(dirname(blob))
  const own = `${blob}.${host}.${process.pid}.${randomUUID()}.incomplete`
  const moved = await rename(released(blob), own).then(
    () => true,
    () => false,
  )
  const [orphan] = moved ? [] : await orphansOf(blob)
  // Copied, as it only seems dead where two containers share a name: a writer that lives keeps its own inode.
  if (orphan !== undefined)
    await copyFile(orphan, own, constants.COPYFILE_FICLONE).catch(() => rm(own, { force: true }))
  return own
}

/** Leaves what was got to the next download. */
export async function releasePartial(partial: string, blob: string): Promise<void> {
  await rename(partial, released(blob)).catch(() => {})
}

/** Gives a verified file its final name, and removes what others left of it. */
export async function finishPartial(partial: string, blob: string): Promise<void> {
  await rename(partial, blob).catch(fileFailure('move a download to', blob))
  for (const orphan of [released(blob), ...(await orphansOf(blob))]) await rm(orphan, { force: true }).catch(() => {})
}
