// The module WeightedLayerPooling: the tokens' vectors are a weighted mean over the outputs of blocks.
import { XlingError } from '../../binding/errors.js'
import { settle } from '../../binding/job.js'
import { native } from '../../binding/load.js'
import { moduleWeightsOf, readModuleConfig } from './module-config.js'
import type { SentencePooling } from './setup.js'

const tensor = 'layer_weights'

/** What mean over tokens such a module makes. */
export type LayerPooling = Extract<SentencePooling, 'mean' | 'avg_top2' | 'avg_first_last'>

/**
 * @param layers of the model
 * @throws XlingError `ERR_UNSUPPORTED_FILE` for other weights, `ERR_INVALID_CONFIG`, `ERR_MALFORMED_FILE`,
 * `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`, `ERR_WEIGHTS_MISMATCH`
 */
export async function readLayerPooling(folder: string, layers: number, signal?: AbortSignal): Promise<LayerPooling> {
  const { values, config } = await readModuleConfig(folder)
  if (values.num_hidden_layers !== layers) config.refuse('num_hidden_layers', `${layers}, as the model has`)
  const start = config.integer('layer_start', { min: 0, max: layers })
  const file = await moduleWeightsOf(folder)
  const { handle } = await settle(() => native.openWeights([file]), signal)
  const weights = native.fileNumbers(handle, tensor)
  if (weights.length !== layers + 1 - start)
    throw new XlingError(
      'ERR_WEIGHTS_MISMATCH',
      `${file}: ${tensor} has ${weights.length} numbers, but from layer_start ${start} to ${layers} there are ${layers + 1 - start}`,
    )
  const [one = 0] = weights.slice(-1)
  const used = [...weights.keys()].filter(at => weights[at] !== 0).map(at => at + start)
  const names: [LayerPooling, ...number[]][] = [
    ['mean', layers],
    ['avg_first_last', 1, layers],
    ['avg_top2', layers - 1, layers],
  ]
  const found = names.find(([, ...layersOf]) => layersOf.join() === used.join())
  if (found && one > 0 && used.every(at => weights[at - start] === one)) return found[0]
  throw new XlingError(
    'ERR_UNSUPPORTED_FILE',
    `${file}: ${tensor} has ${shownWeights(weights)}, from layer ${start}; xling takes the mean of the last two layers, or of the first and the last`,
  )
}

/** What makes this pooling of it; undefined for one that needs no such module. */
export function layerPoolingConfig(
  pooling: SentencePooling,
  { layers, hiddenSize }: { layers: number; hiddenSize: number },
): { config: object; tensors: Record<string, Float32Array> } | undefined {
  if (pooling !== 'avg_top2' && pooling !== 'avg_first_last') return undefined
  const start = pooling === 'avg_top2' ? layers - 1 : 1
  const weights = new Float32Array(layers + 1 - start)
  weights[0] = 1
  weights[weights.length - 1] = 1
  return {
    config: { word_embedding_dimension: hiddenSize, num_hidden_layers: layers, layer_start: start },
    tensors: { [tensor]: weights },
  }
}

function shownWeights(weights: Float32Array): string {
  const first = [...weights.subarray(0, 8)].join(', ')
  return weights.length > 8 ? `${first}, …` : first
}
