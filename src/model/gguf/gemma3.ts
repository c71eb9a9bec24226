import type { GgufFields } from './gguf-fields.js'
import type { GgufForm } from './gguf-form.js'
import { ggufRopeScaling } from './gguf-rope.js'
import { ggufSizes } from './gguf-sizes.js'
import { blockModules } from './gguf-weights.js'

/** Gemma 3's text model. */
export const gemma3Gguf: GgufForm = {
  architecture: 'gemma3',
  config: fields => configOf(fields),
  pairedHeads: false,
  modules: {
    ...blockModules,
    queryNorm: 'attn_q_norm',
    keyNorm: 'attn_k_norm',
    attentionAfterNorm: 'post_attention_norm',
    mlpAfterNorm: 'post_ffw_norm',
  },
}

/** With what files imply: the base of local layers, the layers' pattern, the scale of queries. */
function configOf(fields: GgufFields): object {
  const sizes = ggufSizes(fields)
  const theta = fields.number('rope.freq_base', 1e6)
  const scaling = ggufRopeScaling(fields, { headDim: sizes.head_dim, theta })
  const cap = fields.number('final_logit_softcapping', 0)
  return {
    architectures: ['Gemma3ForCausalLM'],
    model_type: 'gemma3_text',
    ...sizes,
    hidden_activation: 'gelu_pytorch_tanh',
    query_pre_attn_scalar: queryScalar(sizes),
    rope_theta: theta,
    rope_local_base_freq: fields.number('rope.freq_base_swa', 10_000),
    ...(scaling && { rope_scaling: scaling }),
    sliding_window: fields.number('attention.sliding_window'),
    ...layerPattern(fields, sizes.num_hidden_layers),
    ...(cap !== 0 && { final_logit_softcapping: cap }),
  }
}

/** Of the published models, the one of 62 layers (27B) scales by the width per head, all others by the heads' width. */
function queryScalar(sizes: ReturnType<typeof ggufSizes>): number {
  return sizes.num_hidden_layers === 62 ? sizes.hidden_size / sizes.num_attention_heads : sizes.head_dim
}

/** A list says for each layer whether it is local; a number, that of so many layers the last is full. */
function layerPattern(fields: GgufFields, layers: number): object {
  const key = 'attention.sliding_window_pattern'
  const list = fields.list(key)
  if (!list) return { sliding_window_pattern: fields.number(key, 6) }
  if (list.length !== layers) fields.refuse(key, `is for ${list.length} layers, but the model has ${layers}`)
  return { layer_types: list.map(local => (local ? 'sliding_attention' : 'full_attention')) }
}
