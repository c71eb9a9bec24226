// A stage in its folder: skipped where it is done, gone on with where it was left.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { XlingError } from '../binding/errors.js'
import { version } from '../binding/load.js'
import { mappedEvents } from '../binding/mapped-events.js'
import { ensureFolder, fileFailure } from '../files/atomic.js'
import { jsonHash } from '../files/hash.js'
import type { JsonObject } from '../files/json-object.js'
import { folderHashes } from './identity.js'
import type { RunEvent } from './run-event.js'
import type { Stage } from './stage.js'
import { checkInputs, readRecord, type StageRecord, writeRecord } from './stage-record.js'

/** Where a stage keeps what it would go on from. */
export const checkpointsIn = (folder: string) => join(folder, 'checkpoints')

/**
 * @throws XlingError `ERR_RUN_MISMATCH` where the folder has another's work, or its own was changed; what the stage throws
 */
export async function* runStage(
  stage: Stage,
  { root, signal }: { root: string; signal: AbortSignal | undefined },
): AsyncGenerator<RunEvent, JsonObject> {
  const { id, seed } = stage
  const folder = join(root, id)
  const inputs = await stage.inputs(signal)
  const hash = jsonHash(inputs)
  const found = await recordOfWork(folder)
  if (found) checkInputs(folder, found, { hash, inputs })
  if (found?.state === 'done') {
    const results = found.results ?? {}
    await checkOutputs(folder, found.outputs ?? {}, signal)
    await removeCheckpoints(folder)
    yield { kind: 'skipped', stage: id, folder, results }
    return results
  }
  const began = new Date().toISOString()
  const node = process.version
  const own = { version: 1, stage: id, state: 'running', hash, inputs, seed, xling: version, node, began } as const
  const record: StageRecord = found ?? own
  await ensureFolder(folder)
  await writeRecord(folder, record)
  yield { kind: 'began', stage: id, resumed: found !== undefined }
  // Whoever leaves here leaves the stage, too, which keeps how far it is.
  const made = yield* mappedEvents(stage.work({ folder, signal }), event => ({ stage: id, ...event }))
  const { device, output, results } = made
  const outputs = output === undefined ? {} : await outputsIn(folder, output, signal)
  const ended = new Date().toISOString()
  await writeRecord(folder, { ...record, state: 'done', ended, ...(device && { device }), outputs, results })
  await removeCheckpoints(folder)
  yield { kind: 'done', stage: id, folder, results }
  return results
}

/** A stage that ended before it did anything, of bad data for instance, may begin with others. */
async function recordOfWork(folder: string): Promise<StageRecord | undefined> {
  const record = await readRecord(folder)
  if (record?.state !== 'running') return record
  const names = await readdir(folder).catch(fileFailure('read', folder))
  return names.length > 1 ? record : undefined
}

async function outputsIn(folder: string, output: string, signal: AbortSignal | undefined): Promise<JsonObject> {
  const hashes = await folderHashes(join(folder, output), signal)
  return Object.fromEntries(Object.entries(hashes).map(([path, hash]) => [`${output}/${path}`, hash]))
}

/** Whoever uses what a stage made must get what it made. */
async function checkOutputs(folder: string, outputs: JsonObject, signal: AbortSignal | undefined): Promise<void> {
  const top = [...new Set(Object.keys(outputs).map(path => path.split('/')[0] ?? ''))]
  for (const output of top) {
    const now = await outputsIn(folder, output, signal).catch((): JsonObject => ({}))
    for (const [path, hash] of Object.entries(outputs))
      if (path.startsWith(`${output}/`) && now[path] !== hash)
        throw new XlingError(
          'ERR_RUN_MISMATCH',
          `${join(folder, path)} was ${now[path] === undefined ? 'removed' : 'changed'} since the stage made it; ` +
            'put it back, or start over with --fresh',
        )
  }
}

const removeCheckpoints = (folder: string) =>
  rm(checkpointsIn(folder), { recursive: true, force: true }).catch(fileFailure('remove', checkpointsIn(folder)))
