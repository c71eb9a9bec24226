// Typed values out of a parsed config.json, or another file of its kind. As in transformers, null is a key that is not there.
import { XlingError } from '../binding/errors.js'
import { isJsonObject } from '../files/json-object.js'

/** Both ends are accepted; `or` is what a missing key means, without it the key must be there. */
interface Range {
  readonly min: number
  readonly max: number
  readonly or?: number
}

export class Config {
  readonly #values: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #file: string

  /**
   * @param path of the object within the file: '' or 'text_config.'
   * @param file its name, for messages
   * @throws XlingError `ERR_INVALID_CONFIG`, as every method does, naming the key, its value and what is accepted
   */
  constructor(values: unknown, path = '', file = 'config.json') {
    if (!isJsonObject(values))
      throw new XlingError('ERR_INVALID_CONFIG', `${file} is ${shown(values)} but must be an object`)
    this.#values = values
    this.#path = path
    this.#file = file
  }

  get keys(): string[] {
    return Object.keys(this.#values).filter(key => this.has(key))
  }

  has(key: string): boolean {
    return this.#value(key) !== undefined
  }

  /** Whether the file says null in so many words, for the few keys where that is not their default. */
  isNull(key: string): boolean {
    return Object.hasOwn(this.#values, key) && this.#values[key] === null
  }

  string(key: string): string {
    const value = this.#value(key)
    return typeof value === 'string' ? value : this.refuse(key, 'a string')
  }

  integer(key: string, { min, max, or }: Range): number {
    const value = this.#value(key) ?? or
    return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : this.refuse(key, `an integer from ${min} to ${max}`)
  }

  number(key: string, { min, max, or }: Range): number {
    const value = this.#value(key) ?? or
    return typeof value === 'number' && value >= min && value <= max
      ? value
      : this.refuse(key, `a number from ${min} to ${max}`)
  }

  boolean(key: string, or: boolean): boolean {
    const value = this.#value(key) ?? or
    return typeof value === 'boolean' ? value : this.refuse(key, 'true or false')
  }

  /** What `choices` has under the key's value, a string. */
  choice<T>(key: string, choices: Readonly<Record<string, T>>, or: string): T {
    const value = this.#value(key) ?? or
    return isKey(value, choices) ? (choices[value] as T) : this.refuse(key, oneOf(choices))
  }

  /** The same for a list of strings. */
  choices<T>(key: string, choices: Readonly<Record<string, T>>): T[] | undefined {
    const value = this.#value(key)
    if (value === undefined) return undefined
    if (!Array.isArray(value)) this.refuse(key, 'a list')
    return value.map((item, at) =>
      isKey(item, choices) ? (choices[item] as T) : this.#fail(`${key}[${at}]`, item, oneOf(choices)),
    )
  }

  object(key: string): Config | undefined {
    const value = this.#value(key)
    if (value === undefined) return undefined
    return isJsonObject(value) ? new Config(value, `${this.#path}${key}.`, this.#file) : this.refuse(key, 'an object')
  }

  /** @param accepted what the key's value must be instead */
  refuse(key: string, accepted: string): never {
    this.#fail(key, this.#value(key), accepted)
  }

  #fail(key: string, value: unknown, accepted: string): never {
    const is = value === undefined ? 'is missing' : `is ${shown(value)}`
    throw new XlingError('ERR_INVALID_CONFIG', `${this.#file}: ${this.#path}${key} ${is} but must be ${accepted}`)
  }

  #value(key: string): unknown {
    return Object.hasOwn(this.#values, key) ? (this.#values[key] ?? undefined) : undefined
  }
}

function isKey(value: unknown, choices: object): value is string {
  return typeof value === 'string' && Object.hasOwn(choices, value)
}

function oneOf(choices: object): string {
  return Object.keys(choices)
    .map(choice => `'${choice}'`)
    .join(' or ')
}

// A file's value may be of any length.
function shown(value: unknown): string {
  const text =
    typeof value === 'string' ? `'${value}'` : typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
