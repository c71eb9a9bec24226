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
