// A run directory, or one stage's part of it.
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileFailure } from '../../files/atomic.js'
import { readRecord } from '../../pipeline/stage-record.js'

export const isRun = async (folder: string) => (await stageFolders(folder)).length > 0

/** @throws XlingError `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE`, `ERR_FILE_FAILED` */
export async function inspectRun(folder: string) {
  const stages: Record<string, object> = {}
  for (const stage of await stageFolders(folder)) {
    const record = await readRecord(stage)
    if (!record) continue
    const { state, began, ended, seed, xling, device, results } = record
    const steps = await stepsIn(stage)
    stages[relative(folder, stage) || record.stage] = {
      ...{ state, steps, began, ended, seed, xling },
      ...(device && { device: `${device.name} (${device.isa})` }),
      results,
    }
  }
  return { kind: 'run' as const, path: folder, stages }
}

/** The folder itself where it is one stage's, or those below it that are named as their stages are, `adapt/positive`. */
async function stageFolders(folder: string): Promise<string[]> {
  if (await isStage(folder)) return [folder]
  const inner = await foldersIn(folder)
  const all = [...inner, ...(await Promise.all(inner.map(foldersIn))).flat()]
  const stages = await Promise.all(all.map(async path => (await isStage(path, relative(folder, path))) && path))
  return stages.filter(path => path !== false).sort()
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(fileFailure('read', folder))
  return entries.filter(entry => entry.isDirectory()).map(({ name }) => join(folder, name))
}

const isStage = async (folder: string, id?: string) => {
  const record = await readRecord(folder)
  return record !== undefined && (id === undefined || record.stage === id)
}

/** As many as the metrics have lines. */
async function stepsIn(stage: string): Promise<number> {
  const file = join(stage, 'metrics.jsonl')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? '' : fileFailure('read', file)(error),
  )
  return text.split('\n').length - 1
}
