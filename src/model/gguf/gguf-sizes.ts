// What GGUF files spell alike for every family of decoders, as the keys of a config.json.
import { XlingError } from '../../binding/errors.js'
import type { GgufFields } from './gguf-fields.js'
import { ggufFrame } from './gguf-weights.js'

/** @throws XlingError `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE` */
export function ggufSizes(fields: GgufFields) {
  const experts = 'xling has no mixtures of experts'
  fields.expect('expert_count', 0, experts)
  const { metadata, tensors } = fields.file
  const hidden_size = fields.number('embedding_length')
  const num_attention_heads = fields.number('attention.head_count')
  const head_dim = fields.number('attention.key_length', hidden_size / num_attention_heads)
  fields.expect('attention.value_length', head_dim, `it must be attention.key_length, which is ${head_dim}`)
  fields.expect('rope.dimension_count', head_dim, `heads are rotated as a whole, and they are ${head_dim} wide`)
  const id = (role: string) => metadata.number(`tokenizer.ggml.${role}_token_id`)
  const ids = { bos_token_id: id('bos'), eos_token_id: id('eos'), pad_token_id: id('padding') }
  return {
    vocab_size: vocabularySize(fields),
    hidden_size,
    intermediate_size: fields.number('feed_forward_length'),
    num_hidden_layers: fields.number('block_count'),
    num_attention_heads,
    num_key_value_heads: fields.number('attention.head_count_kv', num_attention_heads),
    head_dim,
    max_position_embeddings: fields.number('context_length'),
    rms_norm_eps: fields.number('attention.layer_norm_rms_epsilon'),
    attention_bias: tensors.has(`${ggufFrame.layers}.0.attn_q.bias`),
    tie_word_embeddings: !tensors.has(`${ggufFrame.head}.weight`),
    ...Object.fromEntries(Object.entries(ids).filter(([, value]) => value !== undefined)),
  }
}

// Of the embedding: a file may say nothing of it, and have fewer tokens.
function vocabularySize({ file }: GgufFields): number {
  const embedding = `${ggufFrame.embedding}.weight`
  const rows = file.tensors.get(embedding)?.shape[0]
  if (rows !== undefined) return rows
  throw new XlingError(
    'ERR_WEIGHTS_MISMATCH',
    `${file.metadata.file}: there is no tensor ${embedding}; it is no language model, or only a part of one`,
  )
}
