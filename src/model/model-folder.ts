// A model's folder in Hugging Face's layout: its configuration, and the files that hold its weights.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { XlingError } from '../binding/errors.js'
import { fileFailure } from '../files/atomic.js'
import { readJsonObject } from '../files/json-object.js'

export interface ModelFolder {
  /** config.json, parsed. */
  readonly config: object
  /** The safetensors files, whole paths. */
  readonly weightFiles: readonly string[]
}

/**
 * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`, `ERR_INVALID_CONFIG`, `ERR_MALFORMED_FILE`
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const config = await readObject(join(folder, 'config.json'), 'ERR_INVALID_CONFIG')
  return { config, weightFiles: await weightFilesOf(folder) }
}

async function weightFilesOf(folder: string): Promise<string[]> {
  const whole = join(folder, 'model.safetensors')
  if (await isFile(whole)) return [whole]
  const index = `${whole}.index.json`
  if (!(await isFile(index)))
    throw new XlingError(
      'ERR_FILE_NOT_FOUND',
      `the folder ${folder} has neither model.safetensors nor model.safetensors.index.json; ` +
        'save the model with safe_serialization, or give a folder that has safetensors',
    )
  return (await shardsOf(index)).map(name => join(folder, name))
}

/** The files that an index names, each once, in the order of their names. */
async function shardsOf(index: string): Promise<string[]> {
  const { weight_map: map } = (await readObject(index, 'ERR_MALFORMED_FILE')) as { weight_map?: unknown }
  const names = typeof map === 'object' && map !== null ? [...new Set(Object.values(map))] : []
  if (names.length === 0) throw new XlingError('ERR_MALFORMED_FILE', `${index} names no file; fetch it again`)
  return names.map(name => {
    if (typeof name === 'string' && /^[^/\\\0]+\.safetensors$/.test(name)) return name
    throw new XlingError(
      'ERR_MALFORMED_FILE',
      `${index}: ${JSON.stringify(name)} is no safetensors file of the same folder; do not trust where it came from`,
    )
  })
}

async function readObject(path: string, code: 'ERR_INVALID_CONFIG' | 'ERR_MALFORMED_FILE'): Promise<object> {
  const found = await readJsonObject(path, code)
  if (found) return found
  throw new XlingError('ERR_FILE_NOT_FOUND', `there is no ${path}`)
}

/** @throws XlingError `ERR_FILE_FAILED` */
export async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' || error.code === 'ENOTDIR' ? undefined : fileFailure('read', path)(error),
  )
  return found?.isFile() ?? false
}
