import { XlingError } from '../../binding/errors.js'
import { isJsonObject } from '../../files/json-object.js'
import { checkpointState } from '../../model/training/checkpoint.js'

/** @throws XlingError `ERR_UNSUPPORTED_FILE` for a file that is no checkpoint, and what reading one does */
export async function inspectCheckpoint(file: string) {
  const state = await checkpointState(file).catch((cause: unknown) => {
    if (!(cause instanceof XlingError && cause.code === 'ERR_MALFORMED_FILE')) throw cause
    const message = `${cause.message}; of weights of a model or an adapter give the folder`
    throw new XlingError(cause.code, message, { cause })
  })
  let kept: unknown
  try {
    kept = JSON.parse(state)
  } catch {
    kept = undefined
  }
  if (!isJsonObject(kept))
    throw new XlingError(
      'ERR_UNSUPPORTED_FILE',
      `${file} is a checkpoint, but of no training loop of xling's: what it keeps is the caller's own`,
    )
  const { xling, isa, run, progress } = kept
  return { kind: 'checkpoint' as const, path: file, xling, isa, progress, run }
}
