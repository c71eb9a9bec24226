// The files of a module's folder: config.json, and weights where it has some.
import { join } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { type JsonObject, readJsonObject } from '../../files/json-object.js'
import { Config } from '../config.js'
import { isFile } from '../model-folder.js'

/** Within the module's folder. */
export const moduleWeightsFile = 'model.safetensors'

export interface ModuleConfig {
  /** Whole path. */
  readonly file: string
  readonly values: JsonObject
  readonly config: Config
}

/** @throws XlingError `ERR_MALFORMED_FILE`, `ERR_FILE_NOT_FOUND` without one, `ERR_FILE_FAILED` */
export async function readModuleConfig(folder: string): Promise<ModuleConfig> {
  const file = join(folder, 'config.json')
  const values = await readJsonObject(file)
  if (!values) throw new XlingError('ERR_FILE_NOT_FOUND', `there is no ${file}, though modules.json names its folder`)
  return { file, values, config: new Config(values, '', file) }
}

/**
 * Whole path.
 * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`
 */
export async function moduleWeightsOf(folder: string): Promise<string> {
  const file = join(folder, moduleWeightsFile)
  if (await isFile(file)) return file
  throw new XlingError(
    'ERR_FILE_NOT_FOUND',
    `there is no ${file}, and xling reads safetensors alone; load the folder with a recent sentence-transformers and save it`,
  )
}

/**
 * Refuses a module that takes or gives another vector than the sentence's.
 * @throws XlingError `ERR_INVALID_CONFIG`
 */
export function checkEnds(config: Config): void {
  for (const key of ['module_input_name', 'module_output_name'])
    config.choice(key, { sentence_embedding: true }, 'sentence_embedding')
}
