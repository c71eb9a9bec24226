// What every kernel takes, by its name: the contracts of native/kernels/ as types.
import type { KernelTensor, KernelWeight } from './kernels.js'
import type { Storage } from './native-types.js'

/** The fields of every kernel; a tensor that may be left out says so. */
export interface KernelFields {
  rms_norm: { x: KernelTensor; weight: KernelTensor; y: KernelTensor; rstd?: KernelTensor; residual?: KernelTensor } & {
    /** Default 1e-6. */
    eps?: number
    /** 0 (default, Llama) or 1 (Gemma: the gain is stored minus one). */
    weightOffset?: number
  }
  rms_norm_backward: { x: KernelTensor; weight: KernelTensor; rstd: KernelTensor; dy: KernelTensor } & {
    dx?: KernelTensor
    dweight?: KernelTensor
    /** 0 (default) or 1. */
    weightOffset?: number
    /** Whether dx is overwritten (default) or added to. */
    dxWrite?: 'assign' | 'accumulate'
  }
  /** y = scale · w[ids], with ids i32 [T]. */
  embedding: { ids: KernelTensor; w: Matrix; y: KernelTensor } & {
    /** Default 1. */
    scale?: number
    /** Whether y is overwritten (default) or added to. */
    yWrite?: 'assign' | 'accumulate'
  }
  /** dw[ids] += scale · dy, with ids i32 [T] and dw [V, D]. */
  embedding_backward: { ids: KernelTensor; dy: KernelTensor; dw: KernelTensor } & {
    /** Default 1. */
    scale?: number
  }
  /** y = residual + bias + x · wᵀ; `residual` may be y itself. */
  linear: { x: KernelTensor; w: Matrix; y: KernelTensor; bias?: KernelTensor; residual?: KernelTensor }
  /** dx = dy · w */
  linear_input_grad: { dy: KernelTensor; w: Matrix; dx: KernelTensor } & {
    /** Whether dx is overwritten (default) or added to. */
    dxWrite?: 'assign' | 'accumulate'
  }
  /**
   * loss [1] = the sum over rows of lse - logit[label] for logits = bias + x · wᵀ, which never stand in memory as a
   * whole; lse [R] is their log-sum-exp. Its gradients are made with it where they are given: dx [R, H] is overwritten,
   * dw [V, H] and dbias [V] are added to.
   */
  linear_cross_entropy: { x: KernelTensor; w: Matrix; labels: KernelTensor; lse: KernelTensor; loss: KernelTensor } & {
    bias?: KernelTensor
    dx?: KernelTensor
    dw?: KernelTensor
    /** Only with a bias. */
    dbias?: KernelTensor
    /** c of c · tanh(logit / c); default 0: logits as they are. */
    softcap?: number
  }
  /** Softmax attention of q [T, Hq, D] over k, v [T, Hkv, D] within the packed rows that `offsets` [B+1] i32 gives. */
  attention: AttentionFields & { y: KernelTensor; lse?: KernelTensor }
  /** Adds to dq, dk and dv, where they are given. */
  attention_backward: AttentionFields & {
    y: KernelTensor
    lse: KernelTensor
    dy: KernelTensor
    dq?: KernelTensor
    dk?: KernelTensor
    dv?: KernelTensor
  }
  /**
   * The causal attention of rows' next tokens over a cache that k and v [T, Hkv, D] join first: row b's slot is
   * `slots` [B] i32, of which `starts` [B] i32 tokens are there already. `keys` and `values` [S, Hkv, C, D], C a
   * multiple of 96, are the cache; the token at position p has place p mod C, in an order that is the device's own.
   */
  attention_decode: { q: KernelTensor; k: KernelTensor; v: KernelTensor; y: KernelTensor } & {
    offsets: KernelTensor
    slots: KernelTensor
    starts: KernelTensor
    keys: KernelTensor
    values: KernelTensor
    /** Multiplies q · k; default 1. */
    scale?: number
    /** Tokens before a token that it attends, -1 (default) for all; a window of w is w - 1. */
    before?: number
  }
  /** Slot `to` of a cache gets what positions 0 … count - 1 have put into slot `from`. */
  kv_copy: { keys: KernelTensor; values: KernelTensor; from: number; to: number; count: number }
  /** dw += dyᵀ · x, and dbias += the sum of dy's rows */
  linear_weight_grad: { x: KernelTensor; dy: KernelTensor; dw?: KernelTensor; dbias?: KernelTensor }
  /** Adds scale · x · aᵀ · bᵀ to y for the factors a [R, K] and b [N, R] of an adapter; u [T, R] = scale · x · aᵀ. */
  lora_linear: { x: KernelTensor; a: KernelTensor; b: KernelTensor; u: KernelTensor; y: KernelTensor; scale?: number }
  /** Adds to da, db and dx, where they are given; du [T, R] is a temporary. */
  lora_linear_backward: { x: KernelTensor; a: KernelTensor; b: KernelTensor; u: KernelTensor; dy: KernelTensor } & {
    du: KernelTensor
    da?: KernelTensor
    db?: KernelTensor
    dx?: KernelTensor
    /** Default 1. */
    scale?: number
  }
  /**
   * y = w + scale · b · a for the factors a [R, K] and b [N, R] of an adapter; w and y [N, K] are f32, or frozen in f32 or
   * bf16, and may be one.
   */
  adapter_merge: { a: KernelTensor; b: KernelTensor; w: Matrix; y: Matrix; scale?: number }
  /** x [N, K] f32 into `blocks`, u8, of as many bytes as the storage has for it. */
  quantize: { x: KernelTensor; blocks: KernelTensor; storage: WritableStorage }
  /** `blocks`, u8, into y [N, K] f32. */
  dequantize: { blocks: KernelTensor; y: KernelTensor; storage: Storage }
  /** cos and sin [T, D/2] of positions [T] i32 times frequencies [D/2]. */
  rope_table: { positions: KernelTensor; frequencies: KernelTensor; cos: KernelTensor; sin: KernelTensor } & {
    /** What multiplies both, above 0; default 1. */
    scale?: number
  }
  /** x [T, H, D] with feature i and i + D/2 of each head turned by the token's angles; y may be x. */
  rope: { x: KernelTensor; cos: KernelTensor; sin: KernelTensor; y: KernelTensor } & {
    /** `'inverse'` turns back, which is the gradient; default `'forward'`. */
    direction?: 'forward' | 'inverse'
    /** Whether y is overwritten (default) or added to. */
    yWrite?: 'assign' | 'accumulate'
  }
  /** y = activation(gate) · up, all [T, N]; y may be gate or up. */
  gated_activation: { gate: KernelTensor; up: KernelTensor; y: KernelTensor; activation?: Activation }
  gated_activation_backward: { gate: KernelTensor; up: KernelTensor; dy: KernelTensor } & {
    dgate?: KernelTensor
    dup?: KernelTensor
    activation?: Activation
    /** Whether dgate and dup are overwritten (default) or added to. */
    gradWrite?: 'assign' | 'accumulate'
  }
  /** y = cap · tanh(x / cap), both [T, N]; y may be x. */
  soft_cap: { x: KernelTensor; y: KernelTensor; cap: number }
  /** dx = (1 - (y / cap)²) · dy */
  soft_cap_backward: { y: KernelTensor; dy: KernelTensor; dx: KernelTensor; cap: number } & {
    dxWrite?: 'assign' | 'accumulate'
  }
  /**
   * ids [R] i32: each row's next token, drawn from logits [R, V] after its own filters; -1 where a row has NaN or
   * nothing above -inf. A draw depends on the row's seed, key and position, never on its place among the others.
   */
  sample: {
    logits: KernelTensor
    /** [R, 4]: temperature (0 is greedy), top-p (1 off), min-p (0 off), repetition penalty (1 off). */
    settings: KernelTensor
    /** [R] i32; 0 is no limit. */
    topK: KernelTensor
    /** [N] i32: the ids that the penalty counts; row r has those from historyOffsets[r] to historyOffsets[r + 1]. */
    history: KernelTensor
    /** [R + 1] i32 */
    historyOffsets: KernelTensor
    /** [R, 2] i32, low and high words. */
    seeds: KernelTensor
    /** [R, 2] i32, low and high words. */
    keys: KernelTensor
    /** [R] i32: the token's place in its row. */
    positions: KernelTensor
    ids: KernelTensor
  }
  /**
   * y = x · mask, both [T, D]; y may be x. The mask drops a share `rate` of the features and scales the others; it
   * depends on seed, op, step, view, the row's key, the token's place in its row and the feature, and on nothing else.
   * The gradient of x is the same of y's.
   */
  dropout: { x: KernelTensor; y: KernelTensor } & {
    /** [B + 1] i32 */
    offsets: KernelTensor
    /** [B, 3] i32: the row's key, low and high words, and its view. */
    keys: KernelTensor
    /** [T, D], added to a y that is overwritten; may be y. */
    residual?: KernelTensor
    /** At least 0, below 1; default 0. */
    rate?: number
    /** 32 bits each, as signed numbers; default 0. */
    seedLow?: number
    seedHigh?: number
    op?: number
    step?: number
    /** Whether y is overwritten (default) or added to. */
    yWrite?: 'assign' | 'accumulate'
  }
  /**
   * One step: m = beta1 · m + rest1 · g and v = beta2 · v + rest2 · g² of g = scale · grad, then
   * w = decay · w - stepSize · m / (√v / rootCorrection + eps). All four tensors have one shape.
   */
  adamw: { w: KernelTensor; m: KernelTensor; v: KernelTensor; grad: KernelTensor } & {
    /** Default 1. */
    scale?: number
    beta1: number
    /** 1 - beta1, as beta1 was before it was rounded to f32. */
    rest1: number
    beta2: number
    /** 1 - beta2 */
    rest2: number
    /** lr / (1 - beta1^step) */
    stepSize: number
    /** √(1 - beta2^step) */
    rootCorrection: number
    /** 1 - lr · weightDecay */
    decay: number
    eps: number
  }
  /** y = (x - mean) · rstd · weight + bias, x and y [T, D]; y may be x. mean and rstd [T] are kept for backward. */
  layer_norm: { x: KernelTensor; weight: KernelTensor; bias?: KernelTensor; y: KernelTensor } & {
    mean?: KernelTensor
    rstd?: KernelTensor
    /** Default 1e-12. */
    eps?: number
  }
  /** dx may be dy; dweight and dbias are added to. */
  layer_norm_backward: { x: KernelTensor; weight: KernelTensor; mean: KernelTensor; rstd: KernelTensor } & {
    dy: KernelTensor
    dx?: KernelTensor
    dweight?: KernelTensor
    dbias?: KernelTensor
    /** Whether dx is overwritten (default) or added to. */
    dxWrite?: 'assign' | 'accumulate'
  }
  /** y = activation(x), both [T, N]; y may be x. */
  activation: { x: KernelTensor; y: KernelTensor; activation?: Activation }
  /** dx = dy · activation'(x); dx may be x or dy. */
  activation_backward: { x: KernelTensor; dy: KernelTensor; dx: KernelTensor; activation?: Activation } & {
    dxWrite?: 'assign' | 'accumulate'
  }
  /** y [B, D] = scale · the first, the mean or the largest of each row's tokens in x [T, D], cut by offsets [B + 1] i32. */
  pool: { x: KernelTensor; offsets: KernelTensor; y: KernelTensor } & {
    pooling?: Pooling
    /** Default 1. */
    scale?: number
    yWrite?: 'assign' | 'accumulate'
  }
  /** Adds to dx. */
  pool_backward: { x: KernelTensor; offsets: KernelTensor; dy: KernelTensor; dx: KernelTensor } & {
    pooling?: Pooling
    scale?: number
  }
  /**
   * InfoNCE over cosines: x [R, d] stacks B anchors, their positives, and any whole number of blocks of their hard
   * negatives. loss [1] is a sum over anchors; dx is its gradient, where it is given. z [r, R - B] holds r rows of
   * logits at a time.
   */
  contrastive: { x: KernelTensor; unit: KernelTensor; z: KernelTensor; loss: KernelTensor; dx?: KernelTensor } & {
    /** B */
    anchors: number
    /** 1 / temperature; default 20. */
    scale?: number
    /** Added to the logit of an anchor's own hard negatives; default 0. */
    hardNegativeWeight?: number
    /** `'both'` is the mean of anchors to candidates and positives to anchors; default `'forward'`. */
    directions?: 'forward' | 'both'
  }
  /** norm [1] = the root of the sum of g's squares; NaN where g has NaN. */
  grad_norm: { g: KernelTensor; norm: KernelTensor }
}

interface AttentionFields {
  q: KernelTensor
  k: KernelTensor
  v: KernelTensor
  offsets: KernelTensor
  /** Multiplies q · k; default 1. */
  scale?: number
  /** Tokens before a token that it attends, -1 (default) for all; a window of w is w - 1. */
  before?: number
  /** The same after it: 0 is causal. */
  after?: number
  /** [B, 3] i32, as of `dropout`; only where `rate` is not 0. */
  keys?: KernelTensor
  /** Rate at which probabilities are dropped; default 0. */
  rate?: number
  /** 32 bits each, as signed numbers; default 0. */
  seedLow?: number
  seedHigh?: number
  op?: number
  step?: number
}

/** A weight [N, K]: f32 as it trains, or frozen in any storage. */
export type Matrix = KernelTensor | KernelWeight
/** Of a gated MLP; `'silu'` is the default. */
export type Activation = 'silu' | 'gelu_tanh' | 'gelu' | 'tanh'

/** How a row's tokens become one vector. */
export type Pooling = 'first' | 'mean' | 'max'

/** The storages that matrices can be quantised to; the others are only read. */
export type WritableStorage = 'f32' | 'bf16' | 'f16' | 'nf4' | 'nf4d' | 'q8_0' | 'q4_0'

export type KernelName = keyof KernelFields
