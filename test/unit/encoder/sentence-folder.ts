// Small folders in the layout of sentence-transformers.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { safetensorsBytes } from '#xling/files/safetensors-bytes'
import { encoderArchitectureOf } from '#xling/model/architectures/index'
import { emptyFolder } from '../hub/fake-hub.js'

/** By path: text, bytes, or what is written as JSON; undefined is not there. */
export type Files = Readonly<Record<string, string | Uint8Array | object | undefined>>

export const bertConfig = {
  model_type: 'bert',
  vocab_size: 40,
  hidden_size: 16,
  num_hidden_layers: 3,
  num_attention_heads: 2,
  intermediate_size: 24,
  max_position_embeddings: 32,
}

export const poolerTensors = ['pooler.dense.weight', 'pooler.dense.bias']

export function namesOf(...heads: string[]): string[] {
  const architecture = encoderArchitectureOf(bertConfig)
  return architecture.weights(architecture.spec(bertConfig, heads)).map(({ name }) => name)
}

/** Tensors of these names, of one number each: whoever opens a folder does not look at their shapes. */
export const tensors = (...names: string[]) =>
  safetensorsBytes(Object.fromEntries(names.map(name => [name, Float32Array.of(1)])))

/** A BERT with a pooler, in Hugging Face's layout. */
export const plain: Files = { 'config.json': bertConfig, 'model.safetensors': tensors(...namesOf(...poolerTensors)) }

export const type = (kind: string) => `sentence_transformers.models.${kind}`

/** modules.json of these kinds, as sentence-transformers numbers their folders. */
export const modulesOf = (...kinds: string[]) =>
  kinds.map((kind, idx) => ({ idx, name: `${idx}`, path: idx === 0 ? '' : `${idx}_${kind}`, type: type(kind) }))

export const poolingFile = (mode: string) => ({
  word_embedding_dimension: 16,
  pooling_mode_cls_token: mode === 'cls',
  pooling_mode_mean_tokens: mode === 'mean',
  pooling_mode_max_tokens: mode === 'max',
  pooling_mode_mean_sqrt_len_tokens: false,
})

/** A Transformer and a Pooling by the mean. */
export const sentences: Files = {
  ...plain,
  'modules.json': modulesOf('Transformer', 'Pooling'),
  '1_Pooling/config.json': poolingFile('mean'),
}

export const denseFile = {
  in_features: 16,
  out_features: 5,
  bias: true,
  activation_function: 'torch.nn.modules.activation.Tanh',
}

/** As LaBSE is. */
export const labse: Files = {
  ...plain,
  'modules.json': modulesOf('Transformer', 'Pooling', 'Dense', 'Normalize'),
  '1_Pooling/config.json': poolingFile('cls'),
  '2_Dense/config.json': denseFile,
  '2_Dense/model.safetensors': tensors('linear.weight', 'linear.bias'),
}

/** Layers from `start` on, weighted so. */
export const weighted = (start: number, ...weights: number[]): Files => ({
  ...plain,
  'modules.json': modulesOf('Transformer', 'WeightedLayerPooling', 'Pooling'),
  '1_WeightedLayerPooling/config.json': { word_embedding_dimension: 16, num_hidden_layers: 3, layer_start: start },
  '1_WeightedLayerPooling/model.safetensors': safetensorsBytes({ layer_weights: Float32Array.from(weights) }),
  '2_Pooling/config.json': poolingFile('mean'),
})

export function folderOf(t: TestContext, files: Files): string {
  const folder = emptyFolder(t)
  for (const [path, content] of Object.entries(files)) {
    if (content === undefined) continue
    const place = join(folder, path)
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(
      place,
      typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content),
    )
  }
  return folder
}
