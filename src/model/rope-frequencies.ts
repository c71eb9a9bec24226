// Angles per token of rotary position embeddings (Su et al., RoFormer, 2021), with the scalings that stretch a context.

export type RopeScaling =
  | { readonly type: 'default' }
  /** Every frequency divided by `factor`: position interpolation (Chen et al., 2023). */
  | { readonly type: 'linear'; readonly factor: number }
  /** Llama 3.1: only waves that are long beside the context that the model was first trained on. */
  | {
      readonly type: 'llama3'
      readonly factor: number
      readonly lowFrequencyFactor: number
      readonly highFrequencyFactor: number
      /** Tokens. */
      readonly originalPositions: number
    }

/**
 * [headDim / 2]: theta^(-2i / headDim), scaled; f64, rounded once to f32.
 *
 * torch's exponent 2i / headDim is an f32. Where headDim is no power of two, a better one would be several ulp away from
 * the frequencies that models are trained with, so it is rounded here too.
 */
export function ropeFrequencies(headDim: number, theta: number, scaling: RopeScaling): Float32Array {
  return Float32Array.from({ length: headDim / 2 }, (_, i) => scaled(theta ** -Math.fround((2 * i) / headDim), scaling))
}

function scaled(frequency: number, scaling: RopeScaling): number {
  if (scaling.type === 'default') return frequency
  if (scaling.type === 'linear') return frequency / scaling.factor
  // How often the wave turns within the original context: seldom is slowed, often stays, between them it is mixed.
  const turns = (scaling.originalPositions * frequency) / (2 * Math.PI)
  const { lowFrequencyFactor: low, highFrequencyFactor: high } = scaling
  const kept = Math.min(Math.max((turns - low) / (high - low), 0), 1)
  return kept * frequency + (1 - kept) * (frequency / scaling.factor)
}
