import { XlingError } from '../../binding/errors.js'
import { fileFailure } from '../../files/atomic.js'

/** The error for a file that the system does not give: `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`. */
export function readFailure(file: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new XlingError('ERR_FILE_NOT_FOUND', `there is no file ${file}`, { cause })
  try {
    return fileFailure('read', file)(cause)
  } catch (error) {
    return error
  }
}
