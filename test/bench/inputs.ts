// The data that both sides get: the same for everyone, and the same bits.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Input, Inputs } from './case.js'

/**
 * Evenly spread over low...high by x <- 48271 x mod 2^31 - 1 (Park, Miller and
 * Stockmeyer 1993), whose products a double holds exactly; seed is 1 or more.
 */
export function uniform(shape: readonly number[], seed: number, low = -1, high = 1): Input {
  const modulus = 2 ** 31 - 1
  let state = seed
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1))
  for (let index = 0; index < data.length; index += 1) {
    state = (state * 48271) % modulus
    data[index] = low + ((high - low) * state) / modulus
  }
  return { shape, data }
}

/** The input of this name; its absence is a mistake in the case. */
export function inputOf(inputs: Inputs, name: string): Input {
  const found = inputs[name]
  if (found === undefined) throw new Error(`the case has no input ${name}`)
  return found
}

interface InputFiles {
  /** For a peer in another language. */
  readonly described: Record<string, { path: string; shape: readonly number[] }>
  remove(): Promise<void>
}

/** Each input as a file of raw f32, little-endian as every machine we run on. */
export async function inputFiles(inputs: Inputs): Promise<InputFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'xling-bench-'))
  const described: InputFiles['described'] = {}
  for (const [name, { shape, data }] of Object.entries(inputs)) {
    const path = join(folder, `${name}.f32`)
    await writeFile(path, data)
    described[name] = { path, shape }
  }
  return { described, remove: () => rm(folder, { recursive: true }) }
}
