import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '../../real/python.js'
import { PeerAbsent } from '../peers/peer-process.js'

export const gemma = 'gemma-3-270m-q4_k_m.gguf'
export const smollm = 'SmolLM2-135M-Instruct.Q4_1.gguf'

/** Of a GGUF file where `npm run test:real` puts it. Throws PeerAbsent where it is not. */
export function weightsPath(name: string): string {
  const path = join(scratch, 'models', name)
  if (!existsSync(path))
    throw new PeerAbsent(`${path} is not there; npm run test:real puts it there, XLING_REAL_SCRATCH says where`)
  return path
}
