import { Config } from '../config.js'
import type { DecoderSpec, Rope } from '../decoder-spec.js'
import { llamaGguf } from '../gguf/llama.js'
import { decoderWeights, type LayerModules, textSpellings } from '../weight-names.js'
import type { Architecture } from './architecture.js'
import { activations, readSizes } from './decoder-sizes.js'
import { readRope, thetaRange } from './rope-parameters.js'

/** Llama 2 and 3, and whatever is built like them. */
export const llama: Architecture = {
  modelType: 'llama',
  spec: config => readLlama(new Config(config)),
  weights: spec => decoderWeights(spec, modules),
  spellings: textSpellings,
  isForeign: () => false,
  ownConfig: config => config,
  gguf: llamaGguf,
}

// Those of transformers' LlamaConfig.
const defaults = {
  vocab_size: 32000,
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  max_position_embeddings: 2048,
}

const modules: LayerModules = {
  attentionNorm: 'input_layernorm',
  query: 'self_attn.q_proj',
  key: 'self_attn.k_proj',
  value: 'self_attn.v_proj',
  output: 'self_attn.o_proj',
  mlpNorm: 'post_attention_layernorm',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
}

function readLlama(config: Config): DecoderSpec {
  const { layerCount, ...sizes } = readSizes(config, defaults)
  return {
    ...sizes,
    normOffset: 0,
    afterNorms: false,
    queryKeyNorm: false,
    attentionScale: sizes.headDim ** -0.5,
    mlpBias: config.boolean('mlp_bias', false),
    activation: config.choice('hidden_act', activations, 'silu'),
    embeddingScale: 1,
    tiedHead: config.boolean('tie_word_embeddings', false),
    logitSoftcap: 0,
    ropes: [readLlamaRope(config, sizes)],
    // A sliding_window that a file may have is none of Llama's: transformers does not look at it.
    layers: Array.from({ length: layerCount }, () => ({ window: 0, rope: 0 })),
  }
}

/** `rope_scaling` wins over `rope_parameters`, and a base within either over `rope_theta` beside them. */
function readLlamaRope(config: Config, { headDim, maxPositions }: { headDim: number; maxPositions: number }): Rope {
  const scaling = config.object('rope_scaling')
  const parameters = config.object('rope_parameters')
  const from = scaling && scaling.keys.length > 0 ? scaling : parameters
  return readRope(headDim, {
    from: from ? [from] : [],
    theta: config.number('rope_theta', { ...thetaRange, or: 10_000 }),
    originalPositions: maxPositions,
  })
}
