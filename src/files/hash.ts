// SHA-256 of what a stage reads, to tell whether it is still the same.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { XlingError } from '../binding/errors.js'
import { fileFailure } from './atomic.js'
import { jsonText } from './json-text.js'

/**
 * `sha256:` and 64 hexadecimal digits: the hash of a file's bytes, which are read piece by piece.
 * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`; the signal's reason
 */
export async function fileHash(path: string, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted()
  const hash = createHash('sha256')
  try {
    for await (const piece of createReadStream(path)) {
      signal?.throwIfAborted()
      hash.update(piece)
    }
  } catch (cause) {
    signal?.throwIfAborted()
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new XlingError('ERR_FILE_NOT_FOUND', `there is no file ${path}`, { cause })
    fileFailure('read', path)(cause)
  }
  return `sha256:${hash.digest('hex')}`
}

/**
 * The same of a value, as JSON with its keys sorted: equal values have equal hashes, whatever the order of their keys
 * and whether a key is undefined or missing.
 * @throws XlingError `ERR_INVALID_ARGUMENT` for what JSON cannot hold
 */
export function jsonHash(value: unknown): string {
  return `sha256:${createHash('sha256')
    .update(jsonText('value', value, 'sorted'))
    .digest('hex')}`
}
