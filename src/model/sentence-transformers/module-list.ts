// modules.json: what a sentence goes through, one after the other.
import { join } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { isJsonObject, readJson, shown } from '../../files/json-object.js'
import { staysInside } from '../hub/listing.js'

export const modulesFile = 'modules.json'

/** The modules that are read, in the only order in which they may stand. */
export const moduleKinds = ['Transformer', 'WeightedLayerPooling', 'Pooling', 'Dense', 'Normalize'] as const
export type ModuleKind = (typeof moduleKinds)[number]

/** The whole path of each module's folder; that of a Transformer is the model's. */
export type ModuleFolders = Readonly<Partial<Record<ModuleKind, string>> & Record<'Transformer' | 'Pooling', string>>

/**
 * Undefined for a folder that has no modules.json.
 * @throws XlingError `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE` for other modules or another order, `ERR_FILE_FAILED`
 */
export async function readModuleFolders(folder: string): Promise<ModuleFolders | undefined> {
  const file = join(folder, modulesFile)
  const list = await readJson(file)
  if (list === undefined) return undefined
  if (!Array.isArray(list)) throw new XlingError('ERR_MALFORMED_FILE', `${file} must be a list of modules`)
  const modules = list.map((entry, at) => readEntry(entry, `${file}: [${at}]`))
  const kinds = modules.map(({ kind }) => kind)
  const ordered = moduleKinds.filter(kind => kinds.includes(kind))
  if (kinds[0] !== 'Transformer' || !kinds.includes('Pooling') || ordered.join() !== kinds.join())
    throw new XlingError(
      'ERR_UNSUPPORTED_FILE',
      `${file} has ${kinds.length > 0 ? kinds.join(', ') : 'no module'}, but xling reads ${moduleKinds.join(', ')}, ` +
        'in this order and each once, of which Transformer and Pooling must be there',
    )
  return Object.fromEntries(modules.map(({ kind, path }) => [kind, join(folder, path)])) as ModuleFolders
}

// Its name in Python has changed its path between versions, so the last part counts; another package's is other code.
function readEntry(entry: unknown, where: string): { kind: ModuleKind; path: string } {
  const { type, path } = isJsonObject(entry) ? entry : {}
  if (typeof type !== 'string' || typeof path !== 'string')
    throw new XlingError('ERR_MALFORMED_FILE', `${where} must be an object with a type and a path, both strings`)
  const [, name] = /^sentence_transformers\.(?:\w+\.)*(\w+)$/.exec(type) ?? []
  const kind = moduleKinds.find(known => known === name)
  if (kind === undefined)
    throw new XlingError(
      'ERR_UNSUPPORTED_FILE',
      `${where}.type is ${shown(type)}, a module that xling does not have; it has sentence_transformers' ${moduleKinds.join(', ')}`,
    )
  if (path !== '' && !staysInside(path))
    throw new XlingError(
      'ERR_MALFORMED_FILE',
      `${where}.path is ${shown(path)}, which leaves the model's folder; do not trust where it came from`,
    )
  return { kind, path }
}
