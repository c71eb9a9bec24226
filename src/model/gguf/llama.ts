import type { GgufFields } from './gguf-fields.js'
import type { GgufForm } from './gguf-form.js'
import { ggufRopeScaling } from './gguf-rope.js'
import { ggufSizes } from './gguf-sizes.js'
import { blockModules } from './gguf-weights.js'

/** Llama 2 and 3, and whatever is converted as if it were one of them (SmolLM2). */
export const llamaGguf: GgufForm = {
  architecture: 'llama',
  config: fields => configOf(fields),
  pairedHeads: true,
  modules: blockModules,
}

function configOf(fields: GgufFields): object {
  const sizes = ggufSizes(fields)
  const theta = fields.number('rope.freq_base', 10_000)
  const scaling = ggufRopeScaling(fields, { headDim: sizes.head_dim, theta })
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    ...sizes,
    hidden_act: 'silu',
    mlp_bias: fields.file.tensors.has('blk.0.ffn_gate.bias'),
    rope_theta: theta,
    ...(scaling && { rope_scaling: scaling }),
  }
}
