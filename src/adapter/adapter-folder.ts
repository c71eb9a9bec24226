// An adapter as a folder in PEFT's layout.
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { XlingError } from '../binding/errors.js'
import { ensureFolder, fileFailure, writeAtomic } from '../files/atomic.js'
import { type JsonObject, readJsonObject } from '../files/json-object.js'
import type { CompleteAdapterConfig } from './adapter-config.js'
import { peftConfig, readPeftConfig, type WrittenAdapter } from './peft-config.js'
import type { Prompting } from './prompting.js'
import { type BaseFingerprint, readXlingJson, type XlingJson } from './xling-json.js'

export interface AdapterFolder {
  readonly config: CompleteAdapterConfig
  /** adapter_config.json and xling.json, whole paths, for messages. */
  readonly configFile: string
  readonly xlingFile: string
  /** adapter_model.safetensors, whole path. */
  readonly weightsFile: string
  /** Of the base that it was trained on; undefined if xling did not write the folder. */
  readonly base: BaseFingerprint | undefined
  /** How it was asked in training; undefined if nobody wrote that down. */
  readonly prompting: Prompting | undefined
}

/**
 * Reads all of an adapter's folder but the weights.
 * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`, `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE`
 */
export async function readAdapterFolder(folder: string): Promise<AdapterFolder> {
  const files = filesOf(folder)
  if (!(await is('directory', folder)))
    throw new XlingError('ERR_FILE_NOT_FOUND', `there is no folder ${folder}; give one that an adapter was saved to`)
  const json = await readJsonObject(files.configFile)
  if (!json)
    throw new XlingError(
      'ERR_FILE_NOT_FOUND',
      `the folder ${folder} has no adapter_config.json: it is no adapter's, or saving it did not end`,
    )
  const config = readPeftConfig(files.configFile, json)
  await checkWeights(folder, files.weightsFile)
  const own = await readJsonObject(files.xlingFile)
  const { base, prompting } = own ? readXlingJson(files.xlingFile, own) : {}
  return { config, ...files, base, prompting }
}

async function checkWeights(folder: string, weightsFile: string): Promise<void> {
  if (await is('file', weightsFile)) return
  if (await is('file', join(folder, 'adapter_model.bin')))
    throw new XlingError(
      'ERR_UNSUPPORTED_FILE',
      `${join(folder, 'adapter_model.bin')} is a pickle, which can run code when it is read; load the adapter with ` +
        'PEFT and save it again, which writes adapter_model.safetensors',
    )
  throw new XlingError('ERR_FILE_NOT_FOUND', `the folder ${folder} has no adapter_model.safetensors`)
}

/**
 * Writes the weights through `writeWeights`, which gets the file's path and must put it there whole or not at all, then
 * the rest. adapter_config.json comes last and an older one goes first: a folder that was left in the middle does not
 * load.
 * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`, and what `writeWeights` does
 */
export async function writeAdapterFolder(
  folder: string,
  adapter: WrittenAdapter & Pick<XlingJson, 'base' | 'prompting'>,
  writeWeights: (path: string) => Promise<void>,
): Promise<void> {
  const { configFile, xlingFile, weightsFile } = filesOf(folder)
  const { base, prompting } = adapter
  const own: XlingJson = { version: 1, base, ...(prompting && { prompting }) }
  await ensureFolder(folder)
  for (const file of [configFile, xlingFile, weightsFile])
    await rm(file, { force: true }).catch(fileFailure('replace', file))
  await writeWeights(weightsFile)
  await writeAtomic(xlingFile, text(own))
  await writeAtomic(configFile, text(peftConfig(adapter)))
}

function filesOf(folder: string) {
  return {
    configFile: join(folder, 'adapter_config.json'),
    xlingFile: join(folder, 'xling.json'),
    weightsFile: join(folder, 'adapter_model.safetensors'),
  }
}

function text(json: JsonObject | XlingJson): string {
  return `${JSON.stringify(json, null, 2)}\n`
}

async function is(kind: 'file' | 'directory', path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' || error.code === 'ENOTDIR' ? undefined : fileFailure('read', path)(error),
  )
  return (kind === 'file' ? found?.isFile() : found?.isDirectory()) ?? false
}
