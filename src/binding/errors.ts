/** Every {@link ErrorCode}. */
export const errorCodes = [
  'ERR_INTERNAL',
  'ERR_INVALID_ARGUMENT',
  'ERR_INVALID_SHAPE',
  'ERR_INVALID_DTYPE',
  'ERR_UNKNOWN_OPTION',
  'ERR_OUT_OF_MEMORY',
  'ERR_ABORTED',
  'ERR_DISPOSED',
  'ERR_DEVICE_UNAVAILABLE',
  'ERR_DEVICE_FAILED',
  'ERR_ISA_UNAVAILABLE',
  'ERR_FILE_NOT_FOUND',
  'ERR_FILE_FAILED',
  'ERR_DISK_FULL',
  'ERR_MALFORMED_FILE',
  'ERR_UNSUPPORTED_FILE',
  'ERR_WEIGHTS_MISMATCH',
  'ERR_NO_DATA',
  'ERR_NO_LABELS',
  'ERR_NON_FINITE',
  'ERR_ALREADY_MERGED',
  'ERR_PROMPT_TOO_LONG',
  'ERR_RUN_MISMATCH',
  'ERR_RUN_BUSY',
  'ERR_INVALID_CONFIG',
  'ERR_UNKNOWN_ARCHITECTURE',
  'ERR_INVALID_TOKENIZER',
  'ERR_NO_CHAT_TEMPLATE',
  'ERR_INVALID_RECIPE',
  'ERR_HUB_NOT_FOUND',
  'ERR_HUB_GATED',
  'ERR_HUB_OFFLINE',
  'ERR_HUB_FAILED',
  'ERR_ADDON_MISSING',
] as const

/**
 * Every code an {@link XlingError} can have. The message says what was wrong,
 * where, and what to do.
 *
 * - `ERR_INTERNAL`: a bug in xling.
 * - `ERR_INVALID_ARGUMENT`, `ERR_INVALID_SHAPE`, `ERR_INVALID_DTYPE`: a value that does not fit.
 * - `ERR_UNKNOWN_OPTION`: an option or key that does not exist, with the nearest that does.
 * - `ERR_OUT_OF_MEMORY`: refused before or while allocating, on the host or a device.
 * - `ERR_ABORTED`: stopped without an AbortSignal's reason, by `dispose()` for instance.
 * - `ERR_DISPOSED`: used after `dispose()`.
 * - `ERR_DEVICE_UNAVAILABLE`: the device does not exist here; `ERR_DEVICE_FAILED`: it broke.
 * - `ERR_ISA_UNAVAILABLE`: `XLING_ISA` names what this machine cannot run.
 * - `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`, `ERR_DISK_FULL`: a path that is not there, cannot be read or written, or has no room.
 * - `ERR_MALFORMED_FILE`: a file that breaks its format's rules; `ERR_UNSUPPORTED_FILE`: one that keeps them but holds what xling does not read.
 * - `ERR_INVALID_CONFIG`, `ERR_UNKNOWN_ARCHITECTURE`: a `config.json` that contradicts itself, or of a model family xling does not have.
 * - `ERR_WEIGHTS_MISMATCH`: weights that are missing, left over or shaped unlike the configuration.
 * - `ERR_INVALID_TOKENIZER`, `ERR_NO_CHAT_TEMPLATE`: a tokenizer that cannot be used, or that has no chat format.
 * - `ERR_HUB_NOT_FOUND`, `ERR_HUB_GATED`, `ERR_HUB_OFFLINE`, `ERR_HUB_FAILED`: what kept a model or a data set from being fetched.
 * - `ERR_NO_DATA`: a data source of which no example is left.
 * - `ERR_INVALID_RECIPE`: a recipe that cannot be run as it is written, with the lines that are wrong.
 * - `ERR_NO_LABELS`: nothing to learn from: no position has a label.
 * - `ERR_NON_FINITE`: NaN or infinity where a number must be.
 * - `ERR_ALREADY_MERGED`: adapters are merged into the model's weights, and what was asked for does not go together with that.
 * - `ERR_PROMPT_TOO_LONG`: a prompt that leaves no room in the model's context.
 * - `ERR_RUN_MISMATCH`: a folder that holds the work of a run with other inputs; `ERR_RUN_BUSY`: one that another process works in.
 * - `ERR_ADDON_MISSING`: the native addon could not be loaded.
 */
export type ErrorCode = (typeof errorCodes)[number]

/** The one error class of xling; `cause` is what led to it, where there is one. */
export class XlingError extends Error {
  override readonly name = 'XlingError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
