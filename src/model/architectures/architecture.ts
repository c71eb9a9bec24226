// What a file of this folder gives: one model_type of config.json.
import type { DecoderSpec } from '../decoder-spec.js'
import type { EncoderSpec } from '../encoder-spec.js'
import type { GgufForm } from '../gguf/gguf-form.js'
import type { WeightNames } from '../resolve-weights.js'
import type { Weight } from '../weight-names.js'

/** A family of decoders. */
export interface Architecture extends WeightNames<DecoderSpec> {
  /** As config.json names it. */
  readonly modelType: string
  /**
   * @param config a parsed config.json, in any of its forms
   * @throws XlingError `ERR_INVALID_CONFIG`, naming the key, its value and what is accepted
   */
  spec(config: object): DecoderSpec
  /** The part of config.json that describes the decoder alone: what a saved decoder has. */
  ownConfig(config: object): object
  /** How GGUF files have such a model. */
  readonly gguf?: GgufForm
}

/** A family of encoders. */
export interface EncoderArchitecture extends WeightNames<EncoderSpec> {
  /** As config.json names it. */
  readonly modelType: string
  /**
   * @param config a parsed config.json, in any of its forms
   * @param tensors what the files hold, which decides which heads there are; without it, `architectures` of `config` does
   * @throws XlingError `ERR_INVALID_CONFIG`, naming the key, its value and what is accepted
   */
  spec(config: object, tensors?: Iterable<string>): EncoderSpec
  /** The tensors of a saved model.safetensors: all, but for a pooler that the family's own classes could not load. */
  savedWeights(spec: EncoderSpec): Weight[]
  /** What a saved encoder's config.json has. */
  ownConfig(config: object, spec: EncoderSpec): object
}
