/** The public surface of xling. */
export type { AdapterConfig } from './adapter/adapter-config.js'
export type { Prompting } from './adapter/prompting.js'
export { type ErrorCode, XlingError } from './binding/errors.js'
export { version } from './binding/load.js'
export type { DeviceInfo } from './binding/native-types.js'
export type { DataSource, FileSource } from './data/source.js'
export { type EvaluateOptions, evaluate, type Result } from './eval/evaluate.js'
export {
  type RetrievalControlOptions,
  type RetrievalOptions,
  type RetrievalResult,
  type RetrievalScore,
  type RetrievalScores,
  retrievalControl,
} from './eval/retrieval/retrieval.js'
export {
  type ScoredPairsControlOptions,
  type ScoredPairsOptions,
  type ScoredPairsResult,
  type Scores,
  scoredPairsControl,
} from './eval/scored-pairs.js'
export type { SentenceEncoder } from './eval/sentence-encoder.js'
export { joinShards } from './generate/join-shards.js'
export type { Shard } from './generate/shard.js'
export type { SynthesisCounts } from './generate/sieve.js'
export { type SynthesisEvent, type SynthesisResult, synthesis, synthesize } from './generate/synthesize.js'
export type { SynthesizeOptions } from './generate/synthesize-options.js'
export type { Triplet } from './generate/triplet.js'
export type { Adapter } from './model/adapter.js'
export type { AdapterSum } from './model/adapter-sum.js'
export type { ComposeOptions } from './model/compose.js'
export * as adapters from './model/compose.js'
export {
  Decoder,
  type DecoderLoadOptions,
  type QuantizedStorage,
} from './model/decoder.js'
export { type EncodeOptions, Encoder, type EncoderLoadOptions } from './model/encoder.js'
export type { EncoderWork } from './model/encoder-estimate.js'
export type { DecoderWork, Estimate } from './model/estimate.js'
export type { Generated, GeneratedDelta } from './model/generate/generation.js'
export type { GenerateOptions, Prompt } from './model/generate/options.js'
export type { Sampling } from './model/generate/sampling.js'
export type { MergedMatrices, Model } from './model/model.js'
export type { Parameter, Parameters } from './model/parameters.js'
export type { SentencePooling } from './model/sentence-transformers/setup.js'
export type { Trainable } from './model/trainable.js'
export type { AccumulateOptions, ContrastiveOptions, MaskedLmOptions } from './model/training/accumulate-options.js'
export type { ContrastiveBatch, LabelledBatch, Packed, PackedRows } from './model/training/batch.js'
export type { StepOptions } from './model/training/step.js'
export type { RunEvent } from './pipeline/run-event.js'
export { type RunOptions, runRecipe } from './pipeline/run-recipe.js'
export type { TemplateId } from './prompt/templates/index.js'
export type { Message } from './tokenizer/chat/messages.js'
export { Tokenizer } from './tokenizer/tokenizer.js'
export { type HeldOutOptions, heldOutLoss } from './train/held-out.js'
export type { TrainOptions } from './train/options.js'
export type { Metrics, StepEvent, TrainResult } from './train/step-event.js'
export { train } from './train/train.js'
