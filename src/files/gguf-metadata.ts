// The key-values of a GGUF file, typed.
import { XlingError } from '../binding/errors.js'

/** Undefined stands for a key that is not there. A key of another type than asked for is `ERR_MALFORMED_FILE`. */
export interface GgufMetadata {
  /** The file, for messages. */
  readonly file: string
  has(key: string): boolean
  string(key: string): string | undefined
  number(key: string): number | undefined
  boolean(key: string): boolean | undefined
  strings(key: string): string[] | undefined
  /** Of numbers of any type, or of booleans, which are 0 and 1. */
  numbers(key: string): Float64Array | undefined
}

export type GgufValue = string | number | boolean | string[] | Float64Array

/** Values stay in the file until they are asked for. */
export class GgufFileMetadata implements GgufMetadata {
  readonly file: string
  readonly #types: ReadonlyMap<string, string>
  readonly #fetch: (key: string) => GgufValue

  /** @param types each key's, as messages name it; those of arrays begin with `'array'` */
  constructor(file: string, types: Iterable<readonly [string, string]>, fetch: (key: string) => GgufValue) {
    this.file = file
    this.#types = new Map(types)
    this.#fetch = fetch
  }

  has(key: string): boolean {
    return this.#types.has(key)
  }

  isArray(key: string): boolean {
    return this.#types.get(key)?.startsWith('array') ?? false
  }

  string(key: string): string | undefined {
    return this.#get(key, 'a string', value => typeof value === 'string')
  }

  number(key: string): number | undefined {
    return this.#get(key, 'a number', value => typeof value === 'number')
  }

  boolean(key: string): boolean | undefined {
    return this.#get(key, 'true or false', value => typeof value === 'boolean')
  }

  strings(key: string): string[] | undefined {
    return this.#get(key, 'an array of strings', value => Array.isArray(value))
  }

  numbers(key: string): Float64Array | undefined {
    return this.#get(key, 'an array of numbers', value => value instanceof Float64Array)
  }

  #get<T extends GgufValue>(key: string, wanted: string, is: (value: GgufValue) => value is T): T | undefined {
    if (!this.has(key)) return undefined
    const value = this.#fetch(key)
    if (is(value)) return value
    throw new XlingError(
      'ERR_MALFORMED_FILE',
      `${this.file}: ${key} is of type ${this.#types.get(key)} but must be ${wanted}; convert the model to GGUF again`,
    )
  }
}
