/**
 * An encoder as its properties: all that the engine builds one from, whatever the architecture is called.
 *
 * The residual stream begins as `drop(norm(embedding[id] + position[t] + type[0]))`. A block is
 * `x = norm(x + drop(output(attention(x))))`, then `x = norm(x + drop(down(activation(up(x)))))`; every norm is a layer
 * norm with gain and bias, every linear layer has a bias, and a token attends all of its row. Token t of a row is at
 * position t, and its type is 0.
 */
export interface EncoderSpec {
  /** V: rows of the embedding, which may be more than the tokenizer has tokens. At least 1. */
  vocabSize: number
  /** H: width of the residual stream. At least 1. */
  hiddenSize: number
  /** Width between up and down. At least 1. */
  intermediateSize: number
  heads: number
  /** D: a multiple of 8, at most 256. */
  headDim: number
  /** Rows of the table of positions: tokens of a context. */
  maxPositions: number
  /** Rows of the table of token types; 0: there is none. */
  typeCount: number
  /** Added to the variance under the root, in every norm. Above 0. */
  normEps: number
  /** Of blocks and of the head that guesses masked tokens. */
  activation: 'gelu' | 'gelu_tanh'
  /** Rate at which features of the stream are dropped in training, from 0 to below 1. */
  dropout: number
  /** The same of attention's probabilities. */
  attentionDropout: number
  /** Blocks, 1 or more. */
  layers: number
  /** What a pooled vector goes through where pooling asks for it: `activation(dense(x))`. */
  pooler: { outputs: number; bias: boolean; activation: 'tanh' | 'identity' } | undefined
  /** Whether it guesses masked tokens: `embedding · norm(activation(dense(x))) + bias`. */
  maskedLmHead: boolean
}
