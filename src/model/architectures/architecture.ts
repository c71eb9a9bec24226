// What a file of this folder gives: one model_type of config.json.
import type { DecoderSpec } from '../decoder-spec.js'
import type { GgufForm } from '../gguf/gguf-form.js'
import type { WeightNames } from '../resolve-weights.js'

export interface Architecture extends WeightNames {
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
