// The two models as configurations.
import { decoderVocabulary, encoderVocabulary } from './tokenizers.js'

/** A Gemma 3 of six layers, five local ones and a full one, about 900,000 parameters. */
export const decoderConfig = {
  architectures: ['Gemma3ForCausalLM'],
  model_type: 'gemma3_text',
  vocab_size: decoderVocabulary.length,
  hidden_size: 128,
  intermediate_size: 256,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  num_key_value_heads: 1,
  head_dim: 32,
  query_pre_attn_scalar: 32,
  sliding_window: 32,
  sliding_window_pattern: 6,
  max_position_embeddings: 128,
  rope_theta: 10_000,
  rope_local_base_freq: 10_000,
  pad_token_id: 0,
  eos_token_id: 1,
  bos_token_id: 2,
}

/** A BERT of three layers, about 490,000 parameters. */
export const encoderConfig = {
  architectures: ['BertForMaskedLM'],
  model_type: 'bert',
  vocab_size: encoderVocabulary.length,
  hidden_size: 128,
  intermediate_size: 256,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  max_position_embeddings: 64,
  type_vocab_size: 1,
  pad_token_id: 0,
}
