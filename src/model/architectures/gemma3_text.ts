import { Config } from '../config.js'
import type { DecoderSpec, Rope } from '../decoder-spec.js'
import { gemma3Gguf } from '../gguf/gemma3.js'
import { decoderWeights, type LayerModules, textSpellings } from '../weight-names.js'
import type { Architecture } from './architecture.js'
import { activations, readSizes } from './decoder-sizes.js'
import { positionRange, readRope, thetaRange } from './rope-parameters.js'

/** Gemma 3, as a model of text alone. */
export const gemma3Text: Architecture = {
  modelType: 'gemma3_text',
  spec: config => {
    const values = new Config(config)
    return readGemma3(values, values)
  },
  weights: spec => decoderWeights(spec, modules),
  spellings: textSpellings,
  isForeign: () => false,
  ownConfig: config => config,
  gguf: gemma3Gguf,
}

// Those of transformers' Gemma3TextConfig. The files of the 4B model and above rely on them.
const defaults = {
  vocab_size: 262_208,
  hidden_size: 2304,
  intermediate_size: 9216,
  num_hidden_layers: 26,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  max_position_embeddings: 131_072,
}

const modules: LayerModules = {
  attentionNorm: 'input_layernorm',
  query: 'self_attn.q_proj',
  key: 'self_attn.k_proj',
  value: 'self_attn.v_proj',
  output: 'self_attn.o_proj',
  queryNorm: 'self_attn.q_norm',
  keyNorm: 'self_attn.k_norm',
  attentionAfterNorm: 'post_attention_layernorm',
  mlpNorm: 'pre_feedforward_layernorm',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
  mlpAfterNorm: 'post_feedforward_layernorm',
}

/**
 * `attn_logit_softcapping` is not looked at: transformers keeps it and never applies it.
 * @param whole the file, whose `tie_word_embeddings` counts where `config` is only the text part of it
 */
export function readGemma3(config: Config, whole: Config): DecoderSpec {
  const { layerCount, ...sizes } = readSizes(config, defaults)
  const kinds = readLayerKinds(config, layerCount)
  const used = (['full', 'sliding'] as const).filter(kind => kinds.includes(kind))
  const window = kinds.includes('sliding') ? readWindow(config) : 0
  return {
    ...sizes,
    normOffset: 1,
    afterNorms: true,
    queryKeyNorm: true,
    attentionScale: config.number('query_pre_attn_scalar', { min: 1e-3, max: 1e6, or: 256 }) ** -0.5,
    mlpBias: false,
    activation: config.choice('hidden_activation', activations, 'gelu_pytorch_tanh'),
    embeddingScale: Math.sqrt(sizes.hiddenSize),
    tiedHead: whole.boolean('tie_word_embeddings', true),
    logitSoftcap: config.has('final_logit_softcapping')
      ? config.number('final_logit_softcapping', { min: 1e-3, max: 1e6 })
      : 0,
    ropes: used.map(kind => readGemma3Rope(config, kind, sizes)),
    layers: kinds.map(kind => ({ window: kind === 'sliding' ? window : 0, rope: used.indexOf(kind) })),
  }
}

type LayerKind = 'full' | 'sliding'
const layerKinds = { full_attention: 'full', sliding_attention: 'sliding' } as const

/** A list, or in the old form a number: of so many layers, the last is full. */
function readLayerKinds(config: Config, count: number): LayerKind[] {
  const kinds = config.choices('layer_types', layerKinds)
  if (kinds === undefined) {
    const pattern = config.integer('sliding_window_pattern', { min: 1, max: 4096, or: 6 })
    return Array.from({ length: count }, (_, layer) => ((layer + 1) % pattern === 0 ? 'full' : 'sliding'))
  }
  if (kinds.length !== count)
    config.refuse('layer_types', `as long as num_hidden_layers, which is ${count}, and it is ${kinds.length} long`)
  return kinds
}

/** A null is a window that is switched off; a missing key is transformers' default. */
function readWindow(config: Config): number {
  return config.isNull('sliding_window') ? 0 : config.integer('sliding_window', { ...positionRange, or: 4096 })
}

/** `rope_scaling` is the full layers' alone, and wins over `rope_parameters`. */
function readGemma3Rope(config: Config, kind: LayerKind, sizes: { headDim: number; maxPositions: number }): Rope {
  const parameters = config.object('rope_parameters')
  if (parameters && parameters.keys.length > 0 && !parameters.keys.some(key => Object.hasOwn(layerKinds, key)))
    config.refuse('rope_parameters', 'an object of full_attention and sliding_attention')
  const scaling = kind === 'full' ? config.object('rope_scaling') : undefined
  const { key, or } = kind === 'full' ? { key: 'rope_theta', or: 1e6 } : { key: 'rope_local_base_freq', or: 1e4 }
  return readRope(sizes.headDim, {
    from: [scaling, parameters?.object(`${kind}_attention`)].filter(source => source !== undefined),
    theta: config.number(key, { ...thetaRange, or }),
    originalPositions: sizes.maxPositions,
  })
}
