import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { XlingError } from '../binding/errors.js'
import { checkOptions } from '../binding/options.js'
import { fileFailure } from '../files/atomic.js'
import { parseRepository, type Repository } from './hub/repository.js'
import { downloadModel } from './hub.js'

/** Where a model is read from: a folder in Hugging Face's layout, fetched from `repository` if it is set, or one file. */
export type Source = { kind: 'folder'; folder: string; repository?: Repository } | { kind: 'gguf'; file: string }

/** Options of {@link resolveSource}. */
export interface SourceOptions {
  /** Stops a download. */
  signal?: AbortSignal | undefined
  /** What else than config.json tells that a folder is a model. */
  orDescribedBy?: string
}

const accepted =
  "a model is a folder with config.json, a .gguf file, or a hub id 'owner/name' or 'name', with '@revision' after it " +
  'for a branch, tag or commit'

const isGguf = (path: string) => /\.gguf$/i.test(path)

const looksLikePath = (source: string) => /^[./~]|\\/.test(source) || isGguf(source)

// What there is at a path; undefined where nothing is.
const found = (path: string) =>
  stat(path).catch((error: NodeJS.ErrnoException) =>
    ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(error.code ?? '') ? undefined : fileFailure('read', path)(error),
  )

async function checkFolder(folder: string, describedBy: readonly string[]): Promise<void> {
  for (const name of describedBy) if ((await found(join(folder, name)))?.isFile()) return
  const names = await readdir(folder).catch(fileFailure('read', folder))
  const gguf = names.find(isGguf)
  let next = 'give the folder that holds it beside the weights'
  if (gguf !== undefined) next = `to load its GGUF file, give ${join(folder, gguf)}`
  if (names.includes('adapter_config.json')) next = 'it is an adapter: load its base model, then the adapter'
  throw new XlingError('ERR_FILE_NOT_FOUND', `the folder ${folder} has no config.json; ${next}`)
}

function readHubId(source: string, path: string): Repository {
  try {
    return parseRepository(source)
  } catch (cause) {
    const why = (cause as Error).message
    throw new XlingError('ERR_INVALID_ARGUMENT', `there is no ${path}, and ${why}`, { cause })
  }
}

/**
 * Finds what a source string means: an existing folder or .gguf file, else a model of the hub as `id` or
 * `id@revision`, which is fetched into the cache. A leading '~/' is the home folder.
 * @throws XlingError
 * - `ERR_INVALID_ARGUMENT`: neither a path nor a hub id; `ERR_UNKNOWN_OPTION`
 * - `ERR_FILE_NOT_FOUND`: a path ('.', '/' or '~' before it, '\' in it, '.gguf' after it) that is not there, or a
 *   folder without config.json
 * - `ERR_UNSUPPORTED_FILE`: a file that is not .gguf; `ERR_FILE_FAILED`: a path that cannot be read
 * - and what {@link downloadModel} throws
 */
export async function resolveSource(source: string, options: SourceOptions = {}): Promise<Source> {
  checkOptions('resolveSource', options, ['signal', 'orDescribedBy'])
  const { orDescribedBy, ...downloading } = options
  if (typeof source !== 'string' || source === '' || source.includes('\0'))
    throw new XlingError('ERR_INVALID_ARGUMENT', `${JSON.stringify(source)} names no model: ${accepted}`)
  const path = resolve(source.replace(/^~(?=\/|$)/, homedir()))
  const entry = await found(path)
  if (entry?.isDirectory()) {
    await checkFolder(path, ['config.json', ...(orDescribedBy === undefined ? [] : [orDescribedBy])])
    return { kind: 'folder', folder: path }
  }
  if (entry && isGguf(path)) return { kind: 'gguf', file: path }
  if (entry) throw new XlingError('ERR_UNSUPPORTED_FILE', `${path} is a file, but not .gguf: ${accepted}`)
  if (looksLikePath(source)) throw new XlingError('ERR_FILE_NOT_FOUND', `there is no ${path}: ${accepted}`)
  const repository = readHubId(source, path)
  const folder = await downloadModel(repository.id, { revision: repository.revision, ...downloading })
  return { kind: 'folder', folder, repository }
}
