// What a folder says of sentences.
import { join } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { readJsonObject } from '../../files/json-object.js'
import { Config } from '../config.js'
import type { EncoderSpec } from '../encoder-spec.js'
import { type Dense, readDense } from './dense.js'
import { readLayerPooling } from './layer-weights.js'
import { checkEnds } from './module-config.js'
import { type ModuleFolders, modulesFile } from './module-list.js'
import { readPooling } from './pooling.js'
import { noPrompts, readPrompts } from './prompts.js'
import type { SentencePooling, SentenceSetup } from './setup.js'
import { readTokenizerLimit, readTokenLimit } from './token-limit.js'

type Sizes = Pick<EncoderSpec, 'hiddenSize' | 'layers' | 'maxPositions'>

/** What stands for it in a model's folder that has no modules.json. */
export async function plainSetup(folder: string, { maxPositions }: Sizes): Promise<SentenceSetup> {
  return { pooling: 'mean', normalize: false, maxTokens: await readTokenizerLimit(folder, maxPositions), ...noPrompts }
}

/**
 * @param modules of `folder`
 * @param sizes of its model, which the modules must fit
 * @returns also the layer that takes the place of the model's own pooler, if there is one
 * @throws XlingError `ERR_UNSUPPORTED_FILE` for what the engine has no pooling for, `ERR_INVALID_CONFIG`,
 * `ERR_MALFORMED_FILE`, `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`, `ERR_WEIGHTS_MISMATCH`
 */
export async function readSentenceSetup(
  folder: string,
  modules: ModuleFolders,
  sizes: Sizes,
  signal?: AbortSignal,
): Promise<{ setup: SentenceSetup; dense: Dense | undefined }> {
  const dense = modules.Dense === undefined ? undefined : await readDense(modules.Dense, sizes.hiddenSize)
  const setup = {
    pooling: await readSentencePooling(join(folder, modulesFile), modules, sizes, signal),
    normalize: modules.Normalize !== undefined && (await normalizes(modules.Normalize)),
    maxTokens: await readTokenLimit(modules.Transformer, sizes.maxPositions),
    ...(await readPrompts(folder)),
  }
  return { setup, dense }
}

async function readSentencePooling(
  file: string,
  { WeightedLayerPooling: weighted, Pooling, Dense }: ModuleFolders,
  { hiddenSize, layers }: Sizes,
  signal?: AbortSignal,
): Promise<SentencePooling> {
  const refuse = (what: string): never => {
    throw new XlingError('ERR_UNSUPPORTED_FILE', `${file}: ${what}`)
  }
  const pooling = await readPooling(Pooling, hiddenSize)
  if (Dense !== undefined && pooling !== 'cls')
    return refuse(`there is a Dense after a Pooling by '${pooling}', but xling has one after 'cls' alone`)
  const ofLayers = weighted === undefined ? 'mean' : await readLayerPooling(weighted, layers, signal)
  if (ofLayers === 'mean') return pooling === 'cls' && Dense === undefined ? 'cls_before_pooler' : pooling
  if (pooling === 'mean') return ofLayers
  return refuse(
    `there is a WeightedLayerPooling before a Pooling by '${pooling}', but xling has one before 'mean' alone`,
  )
}

// Older versions wrote no config.json for it.
async function normalizes(folder: string): Promise<true> {
  const file = join(folder, 'config.json')
  const values = await readJsonObject(file)
  if (values) checkEnds(new Config(values, '', file))
  return true
}
