// The files that make a model's folder one of sentence-transformers.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { ensureFolder, fileFailure, writeAtomic } from '../../files/atomic.js'
import { safetensorsBytes } from '../../files/safetensors-bytes.js'
import type { EncoderSpec } from '../encoder-spec.js'
import { denseConfig, denseSlots } from './dense.js'
import { layerPoolingConfig } from './layer-weights.js'
import { moduleWeightsFile } from './module-config.js'
import { modulesFile } from './module-list.js'
import { poolingConfig, type TokenPooling } from './pooling.js'
import { promptsConfig, promptsFile } from './prompts.js'
import type { SentencePooling, SentenceSetup } from './setup.js'
import { transformerFile } from './token-limit.js'

/** A sentence's way, and the model that it is of. */
export interface SentenceModel {
  readonly setup: SentenceSetup
  readonly spec: Pick<EncoderSpec, 'hiddenSize' | 'layers' | 'pooler'>
}

interface WrittenModule {
  readonly kind: string
  /** Within the model's folder. */
  readonly path: string
  /** Of its config.json. */
  readonly config: object
  readonly tensors?: Record<string, Float32Array>
}

const tokenPoolings: Readonly<Record<SentencePooling, TokenPooling>> = {
  cls: 'cls',
  cls_before_pooler: 'cls',
  mean: 'mean',
  avg_top2: 'mean',
  avg_first_last: 'mean',
  max: 'max',
}

/**
 * Writes all but the weights of {@link denseWeights}, which go first; modules.json comes last.
 * @throws XlingError `ERR_INVALID_ARGUMENT` for pooling through a pooler that the model does not have; `ERR_DISK_FULL`,
 * `ERR_FILE_FAILED`
 */
export async function writeSentenceSetup(folder: string, model: SentenceModel): Promise<void> {
  const modules = modulesOf(model)
  const { setup } = model
  await rm(join(folder, modulesFile), { force: true }).catch(fileFailure('replace', join(folder, modulesFile)))
  await writeJson(join(folder, transformerFile), { max_seq_length: setup.maxTokens, do_lower_case: false })
  await writeJson(join(folder, promptsFile), promptsConfig(setup))
  for (const { path, config, tensors } of modules) {
    await ensureFolder(join(folder, path))
    await writeJson(join(folder, path, 'config.json'), config)
    if (tensors) await writeAtomic(join(folder, path, moduleWeightsFile), safetensorsBytes(tensors))
  }
  const list = [{ kind: 'Transformer', path: '' }, ...modules].map(({ kind, path }, idx) => ({
    idx,
    name: String(idx),
    path,
    // Where versions before 6 have it; later ones know it still.
    type: `sentence_transformers.models.${kind}`,
  }))
  await writeJson(join(folder, modulesFile), list)
}

/** The file within the model's folder, and the slots and their names in it, that pooling through a pooler needs. */
export function denseWeights({ setup, spec }: SentenceModel): { path: string; slots: [string, string][] } | undefined {
  if (setup.pooling !== 'cls' || !spec.pooler) return undefined
  return { path: join(denseFolder, moduleWeightsFile), slots: denseSlots(spec.pooler) }
}

/** What config.json must say besides, so that Python's Transformer gives the outputs of all blocks where they are pooled. */
export function withLayerOutputs(config: object, { setup, spec }: SentenceModel): object {
  const { output_hidden_states: _, ...rest } = config as Record<string, unknown>
  return layerPoolingConfig(setup.pooling, spec) ? { ...rest, output_hidden_states: true } : rest
}

const denseFolder = '2_Dense'

function modulesOf({ setup, spec }: SentenceModel): WrittenModule[] {
  const { pooling, normalize } = setup
  const kinds: Omit<WrittenModule, 'path'>[] = []
  const layers = layerPoolingConfig(pooling, spec)
  if (layers) kinds.push({ kind: 'WeightedLayerPooling', ...layers })
  kinds.push({ kind: 'Pooling', config: poolingConfig(tokenPoolings[pooling], spec.hiddenSize) })
  if (pooling === 'cls') {
    if (!spec.pooler)
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        "pooling is 'cls', but this model has no pooler; take 'cls_before_pooler'",
      )
    kinds.push({ kind: 'Dense', config: denseConfig(spec.pooler, spec.hiddenSize) })
  }
  if (normalize) kinds.push({ kind: 'Normalize', config: {} })
  return kinds.map((module, at) => ({ ...module, path: `${at + 1}_${module.kind}` }))
}

function writeJson(path: string, value: object): Promise<void> {
  return writeAtomic(path, `${JSON.stringify(value, null, 2)}\n`)
}
