/**
 * A decoder as its properties: all that the engine builds one from, whatever the architecture is called.
 *
 * A block is `x += after(attention(norm(x)))`, then `x += after(mlp(norm(x)))`, where
 * `mlp(x) = down(activation(gate(x)) · up(x))`; every norm is an RMS norm. Token t of a row is at position t. Attention
 * is causal, and key-value head k serves the heads / keyValueHeads query heads from k · heads / keyValueHeads on.
 */
export interface DecoderSpec {
  /** V: rows of the embedding and of the head, which may be more than the tokenizer has tokens. At least 1. */
  vocabSize: number
  /** H: width of the residual stream. At least 1. */
  hiddenSize: number
  /** Width between gate, up and down. At least 1. */
  intermediateSize: number
  /** Query heads; a multiple of {@link keyValueHeads}. */
  heads: number
  keyValueHeads: number
  /** D: a multiple of 8, at most 256. Heads together may be wider or narrower than {@link hiddenSize}. */
  headDim: number
  /** Tokens of a context: positions are 0 … maxPositions - 1. */
  maxPositions: number
  /** Added to the mean square under the root, in every norm. Above 0. */
  normEps: number
  /** Added to the stored gains of every norm; 1 where they are stored minus one (Gemma). */
  normOffset: 0 | 1
  /** Whether the outputs of attention and MLP are normed before they join the residual stream (Gemma 3). */
  afterNorms: boolean
  /** Whether queries and keys are normed per head, over D, before they are rotated (Gemma 3). */
  queryKeyNorm: boolean
  /** Multiplies q · k before the softmax. Above 0. */
  attentionScale: number
  /** Whether the three projections into attention have biases. */
  queryKeyValueBias: boolean
  /** Whether the projection out of attention has one. */
  outputBias: boolean
  /** Whether gate, up and down have them. */
  mlpBias: boolean
  /** Of the gate: x · sigmoid(x), or the tanh approximation of GELU. */
  activation: 'silu' | 'gelu_tanh'
  /** Multiplies the rows of the embedding as they enter the residual stream, not those of a tied head. Above 0. */
  embeddingScale: number
  /** Whether the head is the embedding. */
  tiedHead: boolean
  /** c of logits = c · tanh(logits / c); 0: logits as they are. */
  logitSoftcap: number
  /** The rotations that {@link layers} name. */
  ropes: Rope[]
  /** One per block, the first above the embedding. */
  layers: DecoderLayer[]
}

/**
 * Turns a query or key at position p by the angles p · frequencies[i]: its elements a at i and b at i + D/2 become
 * a · cos - b · sin and b · cos + a · sin.
 */
export interface Rope {
  /** [D / 2], radians per token. */
  frequencies: Float32Array
  /** Multiplies the cosines and the sines, so a score by its square; 1 in every scaling that is read so far. */
  scale: number
}

export interface DecoderLayer {
  /** Tokens that a token sees, itself included, so none at a distance of `window` or more; 0: all before it. */
  window: number
  /** Index into {@link DecoderSpec.ropes}. */
  rope: number
}
