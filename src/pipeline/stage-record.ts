// stage.json: what a stage was made of, and whether it is done.
import { join } from 'node:path'
import { XlingError } from '../binding/errors.js'
import type { DeviceInfo } from '../binding/native-types.js'
import { writeAtomic } from '../files/atomic.js'
import { isJsonObject, type JsonObject, readJsonObject } from '../files/json-object.js'
import { checkSameRun } from '../files/same-run.js'

export interface StageRecord {
  readonly version: 1
  readonly stage: string
  readonly state: 'running' | 'done'
  /** Of the inputs. */
  readonly hash: string
  readonly inputs: JsonObject
  readonly seed: number
  readonly xling: string
  readonly node: string
  readonly began: string
  /** The rest is there when it is done. */
  readonly ended?: string
  readonly device?: DeviceInfo
  /** The hashes of what it made, by path. */
  readonly outputs?: JsonObject
  readonly results?: JsonObject
}

const fileIn = (folder: string) => join(folder, 'stage.json')

/** Undefined where the folder has none. @throws XlingError `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE` */
export async function readRecord(folder: string): Promise<StageRecord | undefined> {
  const file = fileIn(folder)
  const json = await readJsonObject(file)
  if (!json) return undefined
  const { version, state, hash, inputs, outputs, results } = json
  if (version !== 1 && Number.isInteger(version))
    throw new XlingError('ERR_UNSUPPORTED_FILE', `${file}: version is ${version}, and this xling reads 1`)
  const done = state === 'done' && isJsonObject(outputs) && isJsonObject(results)
  if (version === 1 && (state === 'running' || done) && typeof hash === 'string' && isJsonObject(inputs))
    return json as unknown as StageRecord
  throw new XlingError('ERR_MALFORMED_FILE', `${file} is no stage's record; start over with --fresh`)
}

export async function writeRecord(folder: string, record: StageRecord): Promise<void> {
  await writeAtomic(fileIn(folder), `${JSON.stringify(record, null, 2)}\n`)
}

/** @throws XlingError `ERR_RUN_MISMATCH`, naming what differs */
export function checkInputs(folder: string, { hash, inputs }: StageRecord, own: { hash: string; inputs: JsonObject }) {
  if (hash !== own.hash)
    checkSameRun(fileIn(folder), inputs, own.inputs, 'give another folder, or --fresh to start over')
}
