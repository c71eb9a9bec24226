// BERT's config.json as a spec: its forms, its defaults, and what no encoder can be built from.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { XlingError } from '#xling/binding/errors'
import { architectureOf, encoderArchitectureOf } from '#xling/model/architectures/index'
import type { EncoderSpec } from '#xling/model/encoder-spec'

const small = {
  model_type: 'bert',
  vocab_size: 40,
  hidden_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  intermediate_size: 20,
  max_position_embeddings: 12,
}
const tanhPooler = (outputs: number) => ({ outputs, bias: true, activation: 'tanh' }) as const

const specOf = (config: object, tensors?: string[]): EncoderSpec => encoderArchitectureOf(config).spec(config, tensors)

test('a config.json that says nothing means what it means to transformers', () => {
  assert.deepEqual(specOf({ model_type: 'bert' }), {
    vocabSize: 30_522,
    hiddenSize: 768,
    intermediateSize: 3072,
    heads: 12,
    headDim: 64,
    maxPositions: 512,
    typeCount: 2,
    normEps: 1e-12,
    activation: 'gelu',
    dropout: 0.1,
    attentionDropout: 0.1,
    layers: 12,
    pooler: tanhPooler(768),
    maskedLmHead: true,
  })
})

test('every key is read, as old and new files have them', () => {
  const more = {
    type_vocab_size: 3,
    layer_norm_eps: 1e-5,
    hidden_act: 'gelu_new',
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0.25,
    architectures: ['BertModel'],
  }
  const wanted = {
    vocabSize: 40,
    hiddenSize: 24,
    intermediateSize: 20,
    heads: 3,
    headDim: 8,
    maxPositions: 12,
    typeCount: 3,
    normEps: 1e-5,
    activation: 'gelu_tanh',
    dropout: 0,
    attentionDropout: 0.25,
    layers: 2,
    pooler: tanhPooler(24),
    maskedLmHead: false,
  }
  const old = {
    position_embedding_type: 'absolute',
    gradient_checkpointing: false,
    use_cache: true,
    pruned_heads: {},
    chunk_size_feed_forward: 7,
    torch_dtype: 'float16',
    classifier_dropout: null,
    transformers_version: '4.6.0.dev0',
  }
  const recent = { is_decoder: false, add_cross_attention: false, tie_word_embeddings: true, dtype: 'float32' }
  for (const form of [{}, old, recent]) assert.deepEqual(specOf({ ...small, ...more, ...form }), wanted)
  assert.equal(specOf({ ...small, hidden_act: 'gelu_pytorch_tanh' }).activation, 'gelu_tanh')
  assert.equal(specOf({ ...small, hidden_act: 'gelu' }).activation, 'gelu')
})

test('which heads there are is what the files hold, whatever architectures says', () => {
  const heads = (tensors: string[], architectures: string[] = []) => {
    const { pooler, maskedLmHead } = specOf({ ...small, architectures }, tensors)
    return [pooler !== undefined, maskedLmHead]
  }
  for (const architectures of [[], ['BertModel'], ['BertForMaskedLM']]) {
    assert.deepEqual(heads([], architectures), [false, false])
    assert.deepEqual(heads(['pooler.dense.weight'], architectures), [true, false])
    assert.deepEqual(heads(['bert.pooler.dense.bias', 'classifier.weight'], architectures), [true, false])
    assert.deepEqual(heads(['cls.predictions.bias'], architectures), [false, true])
    assert.deepEqual(heads(['cls.seq_relationship.weight', 'my.pooler.x'], architectures), [false, false])
  }
})

test('without files, which heads there are is what the class of architectures has', () => {
  const heads = (architectures?: unknown) => {
    const { pooler, maskedLmHead } = specOf({ ...small, architectures })
    return [pooler !== undefined, maskedLmHead]
  }
  for (const none of [undefined, null, []]) assert.deepEqual(heads(none), [true, true])
  assert.deepEqual(heads(['BertModel']), [true, false])
  assert.deepEqual(heads(['BertForMaskedLM']), [false, true])
  assert.deepEqual(heads(['BertForPreTraining']), [true, true])
  assert.deepEqual(heads(['BertForSequenceClassification']), [true, false])
  assert.deepEqual(heads(['BertForTokenClassification']), [false, false])
})

test('what no encoder can be built from is refused, naming the key, its value and what is accepted', () => {
  const attends = 'false: an encoder attends all of its row, and nothing else'
  const heads = 'such that hidden_size, which is 24, makes heads of a multiple of 8 up to 256'
  const cases: [object, string][] = [
    [{ position_embedding_type: 'relative_key' }, "position_embedding_type is 'relative_key' but must be 'absolute'"],
    [{ is_decoder: true }, `is_decoder is true but must be ${attends}`],
    [{ add_cross_attention: true }, `add_cross_attention is true but must be ${attends}`],
    [{ hidden_act: 'relu' }, "hidden_act is 'relu' but must be 'gelu' or 'gelu_new' or 'gelu_pytorch_tanh'"],
    [
      { tie_word_embeddings: false },
      'tie_word_embeddings is false but must be true: the head that guesses masked tokens is the embedding',
    ],
    [{ num_attention_heads: 2 }, `num_attention_heads is 2 but must be ${heads}`],
    [{ num_attention_heads: 5 }, `num_attention_heads is 5 but must be ${heads}`],
    [{ num_attention_heads: 0 }, 'num_attention_heads is 0 but must be an integer from 1 to 4096'],
    [
      { hidden_size: 264, num_attention_heads: 1 },
      'num_attention_heads is 1 but must be such that hidden_size, which is 264, makes heads of a multiple of 8 up to 256',
    ],
    [
      { pruned_heads: { 1: [0] } },
      'pruned_heads is {"1":[0]} but must be empty: all blocks have num_attention_heads heads',
    ],
    [{ hidden_dropout_prob: 1 }, 'hidden_dropout_prob is 1 but must be a number from 0 to 0.99'],
    [
      { attention_probs_dropout_prob: -0.1 },
      'attention_probs_dropout_prob is -0.1 but must be a number from 0 to 0.99',
    ],
    [{ layer_norm_eps: 0 }, 'layer_norm_eps is 0 but must be a number from 1e-12 to 1'],
    [{ type_vocab_size: 0 }, 'type_vocab_size is 0 but must be an integer from 1 to 4096'],
    [{ vocab_size: 2 ** 40 }, `vocab_size is ${2 ** 40} but must be an integer from 1 to 16777216`],
    [{ max_position_embeddings: '12' }, "max_position_embeddings is '12' but must be an integer from 1 to 16777216"],
    [{ num_hidden_layers: 1.5 }, 'num_hidden_layers is 1.5 but must be an integer from 1 to 4096'],
    [{ intermediate_size: -1 }, 'intermediate_size is -1 but must be an integer from 1 to 16777216'],
  ]
  specOf(small)
  for (const [over, message] of cases)
    assert.throws(
      () => specOf({ ...small, ...over }),
      (error: unknown) => {
        assert.ok(error instanceof XlingError)
        assert.equal(error.code, 'ERR_INVALID_CONFIG', error.message)
        assert.equal(error.message, `config.json: ${message}`)
        return true
      },
    )
  assert.throws(() => specOf({ ...small, architectures: ['BertGenerationEncoder'] }), {
    code: 'ERR_INVALID_CONFIG',
    message: /architectures\[0\] is 'BertGenerationEncoder' but must be 'BertModel' or /,
  })
})

test('an untied head that is not in the files does not matter', () => {
  const untied = { ...small, tie_word_embeddings: false }
  assert.equal(specOf(untied, ['pooler.dense.weight']).maskedLmHead, false)
  assert.equal(specOf({ ...untied, architectures: ['BertModel'] }).maskedLmHead, false)
  assert.throws(() => specOf(untied, ['cls.predictions.bias']), { code: 'ERR_INVALID_CONFIG' })
})

test('an encoder is no decoder, and the reverse; each says what there is', () => {
  const refusal = (what: string, known: string) => ({
    code: 'ERR_UNKNOWN_ARCHITECTURE',
    message: `config.json: model_type is ${what}; it has ${known}`,
  })
  assert.throws(
    () => architectureOf(small),
    refusal("'bert', which xling does not have as a decoder", "'llama', 'gemma3_text', 'gemma3'"),
  )
  for (const model_type of ['llama', 'Bert', '__proto__', ''])
    assert.throws(
      () => encoderArchitectureOf({ model_type }),
      refusal(`'${model_type}', which xling does not have as an encoder`, "'bert'"),
    )
  assert.throws(() => encoderArchitectureOf({}), { code: 'ERR_INVALID_CONFIG', message: /model_type is missing/ })
})

test("a saved encoder's config.json names the class that lacks nothing of what is saved", () => {
  const { ownConfig } = encoderArchitectureOf(small)
  const config = { ...small, architectures: ['BertForPreTraining'], id2label: { 0: 'x' } }
  const named = (tensors: string[]) => ownConfig(config, specOf(config, tensors))
  assert.deepEqual(named(['pooler.dense.bias']), { ...config, architectures: ['BertModel'] })
  assert.deepEqual(named([]), { ...config, architectures: ['BertModel'] })
  assert.deepEqual(named(['pooler.dense.bias', 'cls.predictions.bias']), {
    ...config,
    architectures: ['BertForMaskedLM'],
  })
  assert.deepEqual(config.architectures, ['BertForPreTraining'])
})
