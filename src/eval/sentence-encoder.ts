// What is evaluated, and vectors from it that can be relied on.
import { XlingError } from '../binding/errors.js'

/** What makes vectors of sentences: an encoder, or anything that does as one. */
export interface SentenceEncoder {
  /** D: the width of a vector. */
  readonly dimension: number
  /** `[N, D]`, in the order of the texts. */
  encode(
    texts: readonly string[],
    options?: { batchSize?: number; prompt?: string; signal?: AbortSignal },
  ): Promise<Float32Array>
}

/** What is passed on to the model's `encode`, where it is given. */
export interface EncodeSettings {
  readonly batchSize?: number | undefined
  readonly prompt?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** @throws XlingError `ERR_INVALID_ARGUMENT` */
export function checkEncoder(model: SentenceEncoder): void {
  if (typeof model?.encode !== 'function')
    throw new XlingError('ERR_INVALID_ARGUMENT', 'evaluate: the model has no encode(texts); give an Encoder')
}

/**
 * Vectors of the texts, `[N, D]`.
 * @throws XlingError `ERR_INVALID_SHAPE` for anything else that the model gives, and whatever its `encode` throws; the
 * signal's reason
 */
export async function vectorsOf(
  model: SentenceEncoder,
  texts: readonly string[],
  { batchSize, prompt, signal }: EncodeSettings,
): Promise<Float32Array> {
  const vectors = await model.encode(texts, {
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(signal === undefined ? {} : { signal }),
  })
  checkVectors(vectors, texts.length, model.dimension)
  signal?.throwIfAborted()
  return vectors
}

function checkVectors(vectors: unknown, rows: number, dimension: number): void {
  if (vectors instanceof Float32Array && dimension >= 1 && vectors.length === rows * dimension) return
  const given = vectors instanceof Float32Array ? `${vectors.length} numbers` : String(vectors)
  throw new XlingError(
    'ERR_INVALID_SHAPE',
    `evaluate: encode gave ${given} for ${rows} sentences of dimension ${dimension}; it must give a Float32Array [N, D]`,
  )
}
