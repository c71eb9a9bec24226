// What a file of this folder gives: one model_type of config.json.
import type { DecoderSpec } from '../decoder-spec.js'
import type { Spelling, Weight } from '../weight-names.js'

export interface Architecture {
  /** As config.json names it. */
  readonly modelType: string
  /**
   * @param config a parsed config.json, in any of its forms
   * @throws XlingError `ERR_INVALID_CONFIG`, naming the key, its value and what is accepted
   */
  spec(config: object): DecoderSpec
  /** Every tensor that a decoder of this spec has. */
  weights(spec: DecoderSpec): Weight[]
  /** How files of this model_type prefix the names. */
  readonly spellings: readonly Spelling[]
  /** Whether a tensor belongs to a part of the model that is no decoder, and is left out. */
  isForeign(tensor: string): boolean
  /** The part of config.json that describes the decoder alone: what a saved decoder has. */
  ownConfig(config: object): object
}
