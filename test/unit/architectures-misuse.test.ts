// What no decoder can be built from is refused, naming the key, its value and what is accepted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { XlingError } from '#xling/binding/errors'
import { architectureOf } from '#xling/model/architectures/index'

const sizes = { hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4, vocab_size: 10, intermediate_size: 8 }
const llama = { model_type: 'llama', ...sizes }
const gemma = { model_type: 'gemma3_text', ...sizes, num_key_value_heads: 2, head_dim: 32 }
const multimodal = (text: unknown) => ({ model_type: 'gemma3', text_config: text })

const specOf = (config: object) => architectureOf(config).spec(config)

function refusal(config: object): XlingError {
  try {
    specOf(config)
  } catch (error) {
    assert.ok(error instanceof XlingError, `not an XlingError: ${error}`)
    return error
  }
  assert.fail(`nothing was thrown for ${JSON.stringify(config)}`)
}

/** Each case: a base, what is put over it, the message after 'config.json: '. */
function refuses(cases: [object, object, string][]): void {
  for (const [base, over, message] of cases) {
    specOf(base)
    const error = refusal({ ...base, ...over })
    assert.equal(error.code, 'ERR_INVALID_CONFIG', error.message)
    assert.equal(error.message, `config.json: ${message}`)
  }
}

test('an architecture that xling does not have is named, with those it has', () => {
  for (const modelType of ['mamba', '', 'Llama', 'toString', '__proto__']) {
    const error = refusal({ model_type: modelType })
    assert.equal(error.code, 'ERR_UNKNOWN_ARCHITECTURE')
    const known = "'llama', 'gemma3_text', 'gemma3'"
    assert.equal(
      error.message,
      `config.json: model_type is '${modelType}', which xling does not have as a decoder; it has ${known}`,
    )
  }
})

test('what is no configuration at all', () => {
  const cases: [unknown, string][] = [
    [{}, 'config.json: model_type is missing but must be a string'],
    [{ model_type: null }, 'config.json: model_type is missing but must be a string'],
    [{ model_type: ['llama'] }, 'config.json: model_type is ["llama"] but must be a string'],
    [null, 'config.json is null but must be an object'],
    [undefined, 'config.json is undefined but must be an object'],
    [[llama], 'but must be an object'],
    ['llama', "config.json is 'llama' but must be an object"],
  ]
  for (const [config, message] of cases) {
    const error = refusal(config as object)
    assert.equal(error.code, 'ERR_INVALID_CONFIG')
    assert.ok(error.message.includes(message), error.message)
  }
})

test('sizes', () => {
  const size = 'an integer from 1 to 16777216'
  const count = 'an integer from 1 to 4096'
  refuses([
    [llama, { vocab_size: 0 }, `vocab_size is 0 but must be ${size}`],
    [llama, { vocab_size: 2 ** 24 + 1 }, `vocab_size is 16777217 but must be ${size}`],
    [llama, { hidden_size: -64 }, `hidden_size is -64 but must be ${size}`],
    [llama, { hidden_size: '64' }, `hidden_size is '64' but must be ${size}`],
    [llama, { hidden_size: Number.NaN }, `hidden_size is NaN but must be ${size}`],
    [llama, { hidden_size: 64n }, `hidden_size is 64 but must be ${size}`],
    [llama, { intermediate_size: 1.5 }, `intermediate_size is 1.5 but must be ${size}`],
    [llama, { intermediate_size: [8, 8] }, `intermediate_size is [8,8] but must be ${size}`],
    [llama, { num_hidden_layers: 0 }, `num_hidden_layers is 0 but must be ${count}`],
    [llama, { num_hidden_layers: 4097 }, `num_hidden_layers is 4097 but must be ${count}`],
    [llama, { num_attention_heads: 0 }, `num_attention_heads is 0 but must be ${count}`],
    [llama, { num_key_value_heads: 0 }, `num_key_value_heads is 0 but must be ${count}`],
    [
      llama,
      { num_key_value_heads: 3 },
      'num_key_value_heads is 3 but must be a divisor of num_attention_heads, which is 4',
    ],
    [
      gemma,
      { num_key_value_heads: 8 },
      'num_key_value_heads is 8 but must be a divisor of num_attention_heads, which is 4',
    ],
    [llama, { max_position_embeddings: 0 }, `max_position_embeddings is 0 but must be ${size}`],
    [llama, { max_position_embeddings: 1e9 }, `max_position_embeddings is 1000000000 but must be ${size}`],
    [llama, { head_dim: 12 }, 'head_dim is 12 but must be a multiple of 8 up to 256'],
    [llama, { head_dim: 264 }, 'head_dim is 264 but must be a multiple of 8 up to 256'],
    [llama, { head_dim: 0 }, `head_dim is 0 but must be ${size}`],
    [gemma, { head_dim: 20 }, 'head_dim is 20 but must be a multiple of 8 up to 256'],
    [llama, { hidden_size: 48 }, 'head_dim is missing but must be a multiple of 8 up to 256, and its default is 12'],
    [llama, { hidden_size: 66 }, 'head_dim is missing but must be a multiple of 8 up to 256, and its default is 16.5'],
  ])
})

test('numbers, switches and names', () => {
  const eps = 'a number from 1e-12 to 1'
  const activations = "'silu' or 'gelu_pytorch_tanh'"
  refuses([
    [llama, { rms_norm_eps: 0 }, `rms_norm_eps is 0 but must be ${eps}`],
    [llama, { rms_norm_eps: '1e-5' }, `rms_norm_eps is '1e-5' but must be ${eps}`],
    [llama, { attention_bias: 'no' }, "attention_bias is 'no' but must be true or false"],
    [llama, { mlp_bias: 1 }, 'mlp_bias is 1 but must be true or false'],
    [llama, { tie_word_embeddings: 'false' }, "tie_word_embeddings is 'false' but must be true or false"],
    [gemma, { tie_word_embeddings: 0 }, 'tie_word_embeddings is 0 but must be true or false'],
    [llama, { hidden_act: 'gelu' }, `hidden_act is 'gelu' but must be ${activations}`],
    [llama, { hidden_act: 'toString' }, `hidden_act is 'toString' but must be ${activations}`],
    [gemma, { hidden_activation: 'relu' }, `hidden_activation is 'relu' but must be ${activations}`],
    [gemma, { query_pre_attn_scalar: 0 }, 'query_pre_attn_scalar is 0 but must be a number from 0.001 to 1000000'],
    [gemma, { final_logit_softcapping: 0 }, 'final_logit_softcapping is 0 but must be a number from 0.001 to 1000000'],
    [
      gemma,
      { final_logit_softcapping: -30 },
      'final_logit_softcapping is -30 but must be a number from 0.001 to 1000000',
    ],
  ])
})

test('what no decoder of ours does', () => {
  refuses([
    [
      gemma,
      { use_bidirectional_attention: true },
      'use_bidirectional_attention is true but must be false: a decoder is causal',
    ],
    [gemma, { use_bidirectional_attention: 'yes' }, "use_bidirectional_attention is 'yes' but must be true or false"],
    [llama, { is_causal: false }, 'is_causal is false but must be true: a decoder is causal'],
    [
      llama,
      { attention_dropout: 0.1 },
      'attention_dropout is 0.1 but must be 0, the only rate that xling has for decoders',
    ],
    [
      llama,
      { partial_rotary_factor: 0.5 },
      'partial_rotary_factor is 0.5 but must be 1, as heads are rotated as a whole',
    ],
  ])
})

test('layers and windows of Gemma 3', () => {
  const kinds = "'full_attention' or 'sliding_attention'"
  const window = 'an integer from 1 to 16777216'
  refuses([
    [gemma, { layer_types: ['full_attention', 'mamba'] }, `layer_types[1] is 'mamba' but must be ${kinds}`],
    [gemma, { layer_types: [null, 'full_attention'] }, `layer_types[0] is null but must be ${kinds}`],
    [gemma, { layer_types: 'full_attention' }, "layer_types is 'full_attention' but must be a list"],
    [
      gemma,
      { layer_types: ['full_attention'] },
      'layer_types is ["full_attention"] but must be as long as num_hidden_layers, which is 2, and it is 1 long',
    ],
    [
      gemma,
      { layer_types: [] },
      'layer_types is [] but must be as long as num_hidden_layers, which is 2, and it is 0 long',
    ],
    [gemma, { sliding_window_pattern: 0 }, 'sliding_window_pattern is 0 but must be an integer from 1 to 4096'],
    [gemma, { sliding_window: 0 }, `sliding_window is 0 but must be ${window}`],
    [gemma, { sliding_window: -1 }, `sliding_window is -1 but must be ${window}`],
    [gemma, { sliding_window: '512' }, `sliding_window is '512' but must be ${window}`],
  ])
})

test('rotations', () => {
  const types = "'default' or 'linear' or 'llama3'"
  const theta = 'a number from 1 to 1000000000000000000'
  const factor = 'a number from 1 to 1000000'
  const turns = 'a number from 0.001 to 1000000'
  const llama3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 }
  const scaled = { ...llama, rope_scaling: llama3 }
  const over = (more: object) => ({ rope_scaling: { ...llama3, ...more } })
  refuses([
    [llama, { rope_theta: 0 }, `rope_theta is 0 but must be ${theta}`],
    [llama, { rope_theta: 'big' }, `rope_theta is 'big' but must be ${theta}`],
    [gemma, { rope_theta: -1, sliding_window_pattern: 1 }, `rope_theta is -1 but must be ${theta}`],
    [gemma, { rope_local_base_freq: 0.5 }, `rope_local_base_freq is 0.5 but must be ${theta}`],
    [llama, { rope_parameters: { rope_theta: 0 } }, `rope_parameters.rope_theta is 0 but must be ${theta}`],
    [llama, { rope_scaling: 'linear' }, "rope_scaling is 'linear' but must be an object"],
    [llama, { rope_parameters: [] }, 'rope_parameters is [] but must be an object'],
    ...['yarn', 'dynamic', 'longrope', 'su', 'proportional', 'mrope', 'valueOf'].flatMap(
      (type): [object, object, string][] => [
        [llama, { rope_scaling: { type, factor: 2 } }, `rope_scaling.type is '${type}' but must be ${types}`],
        [
          llama,
          { rope_parameters: { rope_type: type, factor: 2 } },
          `rope_parameters.rope_type is '${type}' but must be ${types}`,
        ],
      ],
    ),
    [llama, { rope_scaling: { rope_type: 7 } }, `rope_scaling.rope_type is 7 but must be ${types}`],
    [llama, { rope_scaling: { type: 'linear' } }, `rope_scaling.factor is missing but must be ${factor}`],
    [llama, { rope_scaling: { type: 'linear', factor: 0.5 } }, `rope_scaling.factor is 0.5 but must be ${factor}`],
    [scaled, over({ factor: null }), `rope_scaling.factor is missing but must be ${factor}`],
    [scaled, over({ low_freq_factor: 0 }), `rope_scaling.low_freq_factor is 0 but must be ${turns}`],
    [scaled, over({ low_freq_factor: undefined }), `rope_scaling.low_freq_factor is missing but must be ${turns}`],
    [scaled, over({ high_freq_factor: '4' }), `rope_scaling.high_freq_factor is '4' but must be ${turns}`],
    [
      scaled,
      over({ high_freq_factor: 1 }),
      'rope_scaling.high_freq_factor is 1 but must be above low_freq_factor, which is 1',
    ],
    [
      scaled,
      over({ original_max_position_embeddings: 0.5 }),
      'rope_scaling.original_max_position_embeddings is 0.5 but must be an integer from 1 to 16777216',
    ],
    [
      scaled,
      over({ partial_rotary_factor: 0.25 }),
      'rope_scaling.partial_rotary_factor is 0.25 but must be 1, as heads are rotated as a whole',
    ],
    [
      llama,
      { rope_parameters: { full_attention: { rope_theta: 5 } } },
      'rope_parameters.full_attention is {"rope_theta":5} but must be left out: these are the settings of one rotation',
    ],
    [
      gemma,
      { rope_parameters: { rope_theta: 5 } },
      'rope_parameters is {"rope_theta":5} but must be an object of full_attention and sliding_attention',
    ],
    [
      gemma,
      { rope_scaling: { full_attention: { factor: 5 } }, sliding_window_pattern: 1 },
      'rope_scaling.full_attention is {"factor":5} but must be left out: these are the settings of one rotation',
    ],
    [
      gemma,
      { rope_parameters: { sliding_attention: { rope_type: 'yarn' } } },
      `rope_parameters.sliding_attention.rope_type is 'yarn' but must be ${types}`,
    ],
    [
      gemma,
      { rope_parameters: { full_attention: 5 }, sliding_window_pattern: 1 },
      'rope_parameters.full_attention is 5 but must be an object',
    ],
  ])
})

test('the text part of a multimodal folder is named with its path', () => {
  refuses([
    [multimodal({}), { text_config: [] }, 'text_config is [] but must be an object'],
    [
      multimodal({}),
      { text_config: { model_type: 'llama' } },
      "text_config.model_type is 'llama' but must be 'gemma3_text'",
    ],
    [
      multimodal({}),
      { text_config: { head_dim: 7 } },
      'text_config.head_dim is 7 but must be a multiple of 8 up to 256',
    ],
    [
      multimodal({}),
      { text_config: { rope_scaling: { rope_type: 'yarn' } } },
      "text_config.rope_scaling.rope_type is 'yarn' but must be 'default' or 'linear' or 'llama3'",
    ],
    [multimodal({}), { tie_word_embeddings: 'no' }, "tie_word_embeddings is 'no' but must be true or false"],
  ])
})

test('a long value is cut in the message', () => {
  const { message } = refusal({ ...llama, hidden_act: 'x'.repeat(5000) })
  assert.ok(message.length < 250, message)
  assert.ok(message.startsWith("config.json: hidden_act is 'xxx"))
})
