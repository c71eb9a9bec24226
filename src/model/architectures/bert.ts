import { Config } from '../config.js'
import type { EncoderSpec } from '../encoder-spec.js'
import { type EncoderModules, encoderWeights } from '../encoder-weights.js'
import type { Spelling, Weight } from '../weight-names.js'
import type { EncoderArchitecture } from './architecture.js'
import { countRange, sizeRange } from './decoder-sizes.js'
import { positionRange } from './rope-parameters.js'

// As transformers writes it: before all that is no head, where there is one.
const prefix = 'bert.'

// As files have them that TensorFlow's became.
const oldNorms: Spelling = [
  [/(?<=LayerNorm\.)weight$/, 'gamma'],
  [/(?<=LayerNorm\.)bias$/, 'beta'],
]

function respelled(before: string): Spelling {
  return [[/^(bert\.)?(?=(embeddings|encoder|pooler)\.)/, before]]
}

/** BERT: norms after attention and MLP, learnt positions, token types. */
export const bert: EncoderArchitecture = {
  modelType: 'bert',
  spec: (config, tensors) => {
    const values = new Config(config)
    return readBert(values, tensors ? headsAmong(tensors) : headsNamed(values))
  },
  weights: weightsOf,
  savedWeights: spec =>
    hasOwnPooler(spec) ? weightsOf(spec) : weightsOf(spec).filter(({ slot }) => !/^pooler(\.bias)?$/.test(slot)),
  spellings: ['', prefix].flatMap(before => [respelled(before), [...respelled(before), ...oldNorms]]),
  isForeign: tensor =>
    /^(bert\.)?embeddings\.position_ids$|^(cls\.seq_relationship|classifier|qa_outputs)\./.test(tensor),
  // Of transformers' classes, the one that lacks nothing of what is saved: BertForPreTraining would lack its guess at
  // whether two sentences follow each other.
  ownConfig: (config, spec) => ({
    ...config,
    architectures: [spec.maskedLmHead ? 'BertForMaskedLM' : 'BertModel'],
  }),
}

const modules: EncoderModules = {
  embedding: 'embeddings.word_embeddings',
  positions: 'embeddings.position_embeddings',
  types: 'embeddings.token_type_embeddings',
  embeddingNorm: 'embeddings.LayerNorm',
  layers: 'encoder.layer',
  block: {
    query: 'attention.self.query',
    key: 'attention.self.key',
    value: 'attention.self.value',
    output: 'attention.output.dense',
    attentionNorm: 'attention.output.LayerNorm',
    up: 'intermediate.dense',
    down: 'output.dense',
    mlpNorm: 'output.LayerNorm',
  },
  pooler: 'pooler.dense',
  maskedLmDense: 'cls.predictions.transform.dense',
  maskedLmNorm: 'cls.predictions.transform.LayerNorm',
  maskedLmHead: 'cls.predictions',
}

function weightsOf(spec: EncoderSpec): Weight[] {
  return encoderWeights(spec, modules, spec.maskedLmHead ? prefix : '')
}

interface Heads {
  readonly pooler: boolean
  readonly maskedLmHead: boolean
}

function headsAmong(tensors: Iterable<string>): Heads {
  const names = [...tensors]
  return {
    pooler: names.some(name => /^(bert\.)?pooler\./.test(name)),
    maskedLmHead: names.some(name => name.startsWith('cls.predictions.')),
  }
}

// Of each class of transformers.
const classes: Readonly<Record<string, Heads>> = {
  BertModel: { pooler: true, maskedLmHead: false },
  BertForPreTraining: { pooler: true, maskedLmHead: true },
  BertForMaskedLM: { pooler: false, maskedLmHead: true },
  BertLMHeadModel: { pooler: false, maskedLmHead: true },
  BertForNextSentencePrediction: { pooler: true, maskedLmHead: false },
  BertForSequenceClassification: { pooler: true, maskedLmHead: false },
  BertForMultipleChoice: { pooler: true, maskedLmHead: false },
  BertForTokenClassification: { pooler: false, maskedLmHead: false },
  BertForQuestionAnswering: { pooler: false, maskedLmHead: false },
}

function headsNamed(config: Config): Heads {
  return config.choices('architectures', classes)?.[0] ?? { pooler: true, maskedLmHead: true }
}

// Those of transformers' BertConfig.
const defaults = {
  vocab_size: 30_522,
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  max_position_embeddings: 512,
  type_vocab_size: 2,
}

const activations = { gelu: 'gelu', gelu_new: 'gelu_tanh', gelu_pytorch_tanh: 'gelu_tanh' } as const

function readBert(config: Config, heads: Heads): EncoderSpec {
  refuseWhatNoEncoderHas(config)
  const read = (key: keyof typeof defaults, range: { min: number; max: number }) =>
    config.integer(key, { ...range, or: defaults[key] })
  const rate = (key: string) => config.number(key, { min: 0, max: 0.99, or: 0.1 })
  const hiddenSize = read('hidden_size', sizeRange)
  const headCount = read('num_attention_heads', countRange)
  const spec: EncoderSpec = {
    vocabSize: read('vocab_size', sizeRange),
    hiddenSize,
    intermediateSize: read('intermediate_size', sizeRange),
    heads: headCount,
    headDim: headDimOf(config, hiddenSize, headCount),
    maxPositions: read('max_position_embeddings', positionRange),
    typeCount: read('type_vocab_size', countRange),
    normEps: config.number('layer_norm_eps', { min: 1e-12, max: 1, or: 1e-12 }),
    activation: config.choice('hidden_act', activations, 'gelu'),
    dropout: rate('hidden_dropout_prob'),
    attentionDropout: rate('attention_probs_dropout_prob'),
    layers: read('num_hidden_layers', countRange),
    pooler: heads.pooler ? { outputs: hiddenSize, bias: true, activation: 'tanh' } : undefined,
    maskedLmHead: heads.maskedLmHead,
  }
  if (spec.maskedLmHead && !config.boolean('tie_word_embeddings', true))
    config.refuse('tie_word_embeddings', 'true: the head that guesses masked tokens is the embedding')
  return spec
}

/** Whether BertModel would load it. */
function hasOwnPooler({ pooler, hiddenSize }: EncoderSpec): boolean {
  return pooler?.outputs === hiddenSize && pooler.bias && pooler.activation === 'tanh'
}

function headDimOf(config: Config, hiddenSize: number, heads: number): number {
  const headDim = hiddenSize / heads
  if (headDim % 8 === 0 && headDim <= 256) return headDim
  config.refuse(
    'num_attention_heads',
    `such that hidden_size, which is ${hiddenSize}, makes heads of a multiple of 8 up to 256`,
  )
}

function refuseWhatNoEncoderHas(config: Config): void {
  config.choice('position_embedding_type', { absolute: true }, 'absolute')
  for (const key of ['is_decoder', 'add_cross_attention'])
    if (config.boolean(key, false)) config.refuse(key, 'false: an encoder attends all of its row, and nothing else')
  if (config.object('pruned_heads')?.keys.length)
    config.refuse('pruned_heads', 'empty: all blocks have num_attention_heads heads')
}
