import { createHash } from 'node:crypto'
import type { Parameters } from '../model/parameters.js'

/** Tells an adapter from every other by its numbers. */
export function parametersHash(parameters: Parameters): string {
  const hash = createHash('sha256')
  for (const [name, { shape, data }] of Object.entries(parameters))
    hash.update(`${name} ${shape.join()}\n`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return `sha256:${hash.digest('hex')}`
}
