// What something is that xling can read.
import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { fileFailure } from '../../files/atomic.js'
import { inspectAdapter } from './adapter.js'
import { inspectCheckpoint } from './checkpoint.js'
import { inspectData } from './data.js'
import { inspectModel } from './model.js'
import { inspectRun, isRun } from './run.js'

/** JSON, `kind` first. */
export interface Findings {
  readonly kind: 'decoder' | 'encoder' | 'adapter' | 'data' | 'run' | 'checkpoint'
}

/**
 * @param what as a person names it
 * @throws XlingError `ERR_FILE_NOT_FOUND` for a folder that is nothing, and whatever reading what it is throws
 */
export async function inspect(what: string, signal?: AbortSignal): Promise<Findings> {
  if (/^hf:\/\//.test(what)) return inspectData(what, signal)
  const path = resolve(what.replace(/^~(?=\/|$)/, homedir()))
  const entry = await stat(path).catch(() => undefined)
  if (entry?.isDirectory()) return inspectFolder(path, signal)
  if (/\.gguf$/i.test(path)) return inspectModel(path, signal)
  if (/\.safetensors$/i.test(path)) return inspectCheckpoint(path)
  // Neither a path that is there nor one that looks like data: a model of the hub, or nothing.
  return entry || /[*?{[]|\.(csv|tsv|jsonl|ndjson|parquet)$/i.test(what)
    ? inspectData(what, signal)
    : inspectModel(what, signal)
}

async function inspectFolder(folder: string, signal?: AbortSignal): Promise<Findings> {
  const names = await readdir(folder).catch(fileFailure('read', folder))
  if (names.includes('adapter_config.json')) return inspectAdapter(folder)
  if (names.includes('config.json') || names.includes('modules.json')) return inspectModel(folder, signal)
  if (await isRun(folder)) return inspectRun(folder)
  const gguf = names.find(name => /\.gguf$/i.test(name))
  throw new XlingError(
    'ERR_FILE_NOT_FOUND',
    `the folder ${folder} is none that xling knows: it has no config.json or modules.json of a model, no ` +
      'adapter_config.json, and no stage.json of a run' +
      (gguf === undefined
        ? '; name a file in it, for data by a glob'
        : `; for its GGUF file, give ${join(folder, gguf)}`),
  )
}
