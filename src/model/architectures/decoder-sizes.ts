// The part of config.json that every family of decoders spells alike.
import type { Config } from '../config.js'
import type { DecoderSpec } from '../decoder-spec.js'
import { positionRange, refusePartialRotation } from './rope-parameters.js'

/** What the family's configuration class in transformers has where the file says nothing. */
export interface SizeDefaults {
  readonly vocab_size: number
  readonly hidden_size: number
  readonly intermediate_size: number
  readonly num_hidden_layers: number
  readonly num_attention_heads: number
  /** Without it: as many as query heads. */
  readonly num_key_value_heads?: number
  /** Without it: hidden_size / num_attention_heads. */
  readonly head_dim?: number
  readonly max_position_embeddings: number
}

type SpecSizes =
  | 'vocabSize'
  | 'hiddenSize'
  | 'intermediateSize'
  | 'heads'
  | 'keyValueHeads'
  | 'headDim'
  | 'maxPositions'
type Sizes = Pick<DecoderSpec, SpecSizes | 'normEps' | 'queryKeyValueBias' | 'outputBias'> & { layerCount: number }

// Many times those of the largest models: what is beyond them is a broken file.
export const sizeRange = { min: 1, max: 2 ** 24 }
export const countRange = { min: 1, max: 4096 }

/** The activations of gated MLPs, by transformers' names for them. */
export const activations = { silu: 'silu', gelu_pytorch_tanh: 'gelu_tanh' } as const

/** @throws XlingError `ERR_INVALID_CONFIG` */
export function readSizes(config: Config, defaults: SizeDefaults): Sizes {
  refuseWhatNoDecoderHas(config)
  const read = (key: keyof SizeDefaults, range: { min: number; max: number }, or = defaults[key]) =>
    config.integer(key, or === undefined ? range : { ...range, or })
  const hiddenSize = read('hidden_size', sizeRange)
  const heads = read('num_attention_heads', countRange)
  const bias = config.boolean('attention_bias', false)
  const sizes = {
    vocabSize: read('vocab_size', sizeRange),
    hiddenSize,
    intermediateSize: read('intermediate_size', sizeRange),
    heads,
    keyValueHeads: read('num_key_value_heads', countRange, defaults.num_key_value_heads ?? heads),
    headDim: readHeadDim(config, defaults.head_dim ?? hiddenSize / heads),
    maxPositions: read('max_position_embeddings', positionRange),
    // With 0, a row of zeros would be divided by zero.
    normEps: config.number('rms_norm_eps', { min: 1e-12, max: 1, or: 1e-6 }),
    queryKeyValueBias: bias,
    outputBias: bias,
    layerCount: read('num_hidden_layers', countRange),
  }
  if (heads % sizes.keyValueHeads !== 0)
    config.refuse('num_key_value_heads', `a divisor of num_attention_heads, which is ${heads}`)
  return sizes
}

function readHeadDim(config: Config, or: number): number {
  const accepted = 'a multiple of 8 up to 256'
  const headDim = config.has('head_dim') ? config.integer('head_dim', sizeRange) : or
  if (headDim % 8 === 0 && headDim <= 256) return headDim
  config.refuse('head_dim', config.has('head_dim') ? accepted : `${accepted}, and its default is ${or}`)
}

function refuseWhatNoDecoderHas(config: Config): void {
  if (config.boolean('use_bidirectional_attention', false))
    config.refuse('use_bidirectional_attention', 'false: a decoder is causal')
  if (!config.boolean('is_causal', true)) config.refuse('is_causal', 'true: a decoder is causal')
  if (config.number('attention_dropout', { min: 0, max: 1, or: 0 }) !== 0)
    config.refuse('attention_dropout', '0, the only rate that xling has for decoders')
  refusePartialRotation(config)
}
