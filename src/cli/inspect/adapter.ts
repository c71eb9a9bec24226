import { stat } from 'node:fs/promises'
import { readAdapterFolder } from '../../adapter/adapter-folder.js'
import { settle } from '../../binding/job.js'
import { native } from '../../binding/load.js'
import { fileFailure } from '../../files/atomic.js'
import { readJsonObject } from '../../files/json-object.js'

/** @throws XlingError what loading an adapter does for a folder that is none */
export async function inspectAdapter(folder: string) {
  const { config, configFile, weightsFile, base } = await readAdapterFolder(folder)
  const { rank, alpha, dropout, targets, rankPattern, alphaPattern, rsLora } = config
  const { tensors } = await settle(() => native.openWeights([weightsFile]))
  const { base_model_name_or_path: model } = (await readJsonObject(configFile)) ?? {}
  const { size } = await stat(weightsFile).catch(fileFailure('read', weightsFile))
  return {
    kind: 'adapter' as const,
    path: folder,
    base: { model: model ?? 'not said', sizes: base?.sizes ?? 'not said: xling did not write the folder' },
    ...{ rank, alpha, dropout, targets, rsLora },
    ...(Object.keys(rankPattern).length > 0 && { rankPattern }),
    ...(Object.keys(alphaPattern).length > 0 && { alphaPattern }),
    tensors: tensors.length,
    parameters: tensors.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0),
    storages: [...new Set(tensors.map(({ type }) => type))],
    bytes: size,
  }
}
