// Metadata of GGUF files, from values by key; and the goldens that have such.

import { XlingError } from 'xling'
import type { GgufMetadata } from '#xling/files/gguf-metadata'
import { type FamilyGolden, readGolden } from './golden.js'

export const ggufFamilies = ['smollm', 'qwen2', 'gpt2', 'llama3', 'gemma3', 'llama2'] as const

export type MetadataValues = Readonly<Record<string, unknown>>

/** What Python makes of a GGUF file's vocabulary; see make.py. */
export interface GgufGolden extends Omit<FamilyGolden, 'files'> {
  metadata: MetadataValues
}

export const readGgufGolden = (family: string) => readGolden<GgufGolden>(`gguf-${family}`)

const isArrayOf = (type: string) => (value: unknown) =>
  Array.isArray(value) && value.every(element => typeof element === type)

/** A key without a value, or whose value is undefined, is not there. */
export function metadataOf(values: MetadataValues): GgufMetadata {
  const read = <Value>(key: string, fits: (value: unknown) => boolean): Value | undefined => {
    const value = values[key]
    if (value === undefined || fits(value)) return value as Value | undefined
    throw new XlingError('ERR_MALFORMED_FILE', `small.gguf: ${key} is of another type`)
  }
  return {
    file: 'small.gguf',
    has: key => values[key] !== undefined,
    string: key => read(key, value => typeof value === 'string'),
    number: key => read(key, value => typeof value === 'number'),
    boolean: key => read(key, value => typeof value === 'boolean'),
    strings: key => read(key, isArrayOf('string')),
    numbers: key => {
      const numbers = read<number[]>(key, isArrayOf('number'))
      return numbers && Float64Array.from(numbers)
    },
  }
}
