/** The public surface of xling. */
export { type ErrorCode, XlingError } from './binding/errors.js'
export { version } from './binding/load.js'
export type { DeviceInfo } from './binding/native-types.js'
export {
  Decoder,
  type DecoderLoadOptions,
  type QuantizedStorage,
} from './model/decoder.js'
export type { DecoderWork, Estimate } from './model/estimate.js'
export type { Generated, GeneratedDelta } from './model/generate/generation.js'
export type { GenerateOptions, Prompt } from './model/generate/options.js'
export type { Sampling } from './model/generate/sampling.js'
export type { Message } from './tokenizer/chat/messages.js'
export type { PackedIds as Packed } from './tokenizer/packed.js'
export { Tokenizer } from './tokenizer/tokenizer.js'
