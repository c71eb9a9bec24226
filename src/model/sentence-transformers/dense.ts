// The module Dense: a linear layer over the sentence's vector, and what comes after it.
import { XlingError } from '../../binding/errors.js'
import type { EncoderSpec } from '../encoder-spec.js'
import { checkEnds, moduleWeightsOf, readModuleConfig } from './module-config.js'

export type Pooler = NonNullable<EncoderSpec['pooler']>

/** The engine's slots, and their names in the module's file. */
export function denseSlots({ bias }: Pooler): [slot: string, name: string][] {
  return [['pooler', 'linear.weight'], ...(bias ? ([['pooler.bias', 'linear.bias']] as [string, string][]) : [])]
}

export interface Dense {
  readonly pooler: Pooler
  /** Whole path. */
  readonly weightsFile: string
}

// Beyond it is a broken file.
const outputRange = { min: 1, max: 2 ** 24 }

const activations = {
  'torch.nn.modules.activation.Tanh': 'tanh',
  'torch.nn.modules.linear.Identity': 'identity',
  'torch.nn.Tanh': 'tanh',
  'torch.nn.Identity': 'identity',
} as const

/**
 * @param hiddenSize of the model: what it must take
 * @throws XlingError `ERR_INVALID_CONFIG`, `ERR_UNSUPPORTED_FILE`, `ERR_MALFORMED_FILE`, `ERR_FILE_NOT_FOUND`,
 * `ERR_FILE_FAILED`
 */
export async function readDense(folder: string, hiddenSize: number): Promise<Dense> {
  const { file, values, config } = await readModuleConfig(folder)
  if (values.in_features !== hiddenSize) config.refuse('in_features', `${hiddenSize}, the width of the model`)
  if (config.boolean('use_residual', false))
    throw new XlingError(
      'ERR_UNSUPPORTED_FILE',
      `${file}: use_residual is true, but xling has no Dense that adds its input`,
    )
  checkEnds(config)
  return {
    pooler: {
      outputs: config.integer('out_features', outputRange),
      bias: config.boolean('bias', true),
      activation: config.choice('activation_function', activations, 'torch.nn.modules.activation.Tanh'),
    },
    weightsFile: await moduleWeightsOf(folder),
  }
}

/** As all versions of sentence-transformers read it. */
export function denseConfig({ outputs, bias, activation }: Pooler, hiddenSize: number): object {
  const [name] = Object.entries(activations).find(([, known]) => known === activation) ?? []
  return { in_features: hiddenSize, out_features: outputs, bias, activation_function: name }
}
