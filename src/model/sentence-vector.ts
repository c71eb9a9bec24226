// What a pooling means for an encoder: which tokens of which layers, and what they go through.
import { XlingError } from '../binding/errors.js'
import type { NativeVector } from '../binding/native-types.js'
import { checkChoice } from '../binding/options.js'
import type { EncoderSpec } from './encoder-spec.js'
import { type SentencePooling, sentencePoolings } from './sentence-transformers/setup.js'

/** @throws XlingError `ERR_INVALID_ARGUMENT` for a pooling that is none, and for `'cls'` of an encoder without a pooler */
export function sentenceVector(where: string, pooling: SentencePooling, spec: EncoderSpec): NativeVector {
  checkChoice(`${where}: pooling`, pooling, sentencePoolings)
  if (pooling === 'cls' && !spec.pooler)
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `${where}: pooling is 'cls', but this encoder's files have no pooler; use 'cls_before_pooler'`,
    )
  const last = spec.layers
  const of = (kind: NativeVector['pooling'], layers: number[], pooler = false) => ({
    pooling: kind,
    layers: Int32Array.from(layers),
    pooler,
  })
  switch (pooling) {
    case 'cls':
      return of('first', [last], true)
    case 'cls_before_pooler':
      return of('first', [last])
    case 'max':
      return of('max', [last])
    case 'mean':
      return of('mean', [last])
    case 'avg_top2':
      return of('mean', [last - 1, last])
    case 'avg_first_last':
      return of('mean', [1, last])
  }
}

/** Numbers of such a vector. */
export function vectorWidth({ pooler, hiddenSize }: EncoderSpec, vector: NativeVector): number {
  return vector.pooler && pooler ? pooler.outputs : hiddenSize
}
