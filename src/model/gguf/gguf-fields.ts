// What a GGUF file says of its model: keys that begin with the architecture's name, and its tensors.
import { XlingError } from '../../binding/errors.js'
import type { GgufFile } from '../../files/gguf.js'

export class GgufFields {
  readonly file: GgufFile
  readonly #architecture: string

  constructor(file: GgufFile, architecture: string) {
    this.file = file
    this.#architecture = architecture
  }

  /** @throws XlingError `ERR_MALFORMED_FILE` if the key is no number, or is not there and has no `or` */
  number(key: string, or?: number): number {
    const { metadata } = this.file
    const value = metadata.number(this.#full(key)) ?? or
    if (value !== undefined) return shortest(value)
    throw new XlingError(
      'ERR_MALFORMED_FILE',
      `${metadata.file}: the key ${this.#full(key)} is missing; convert the model to GGUF again`,
    )
  }

  string(key: string, or: string): string {
    return this.file.metadata.string(this.#full(key)) ?? or
  }

  /** The array that some files have in place of a number, one per layer. */
  list(key: string): number[] | undefined {
    const { metadata } = this.file
    const full = this.#full(key)
    return metadata.isArray(full) ? Array.from(metadata.numbers(full) ?? []) : undefined
  }

  /** @throws XlingError `ERR_UNSUPPORTED_FILE` if the key has another value than that under which it changes nothing */
  expect(key: string, neutral: number, what: string): void {
    if (this.number(key, neutral) !== neutral) this.refuse(key, `is ${this.number(key)}: ${what}`)
  }

  /** @throws XlingError `ERR_UNSUPPORTED_FILE` */
  refuse(key: string, why: string): never {
    throw new XlingError(
      'ERR_UNSUPPORTED_FILE',
      `${this.file.metadata.file}: ${this.#full(key)} ${why}; use the model's Hugging Face folder`,
    )
  }

  #full(key: string): string {
    return `${this.#architecture}.${key}`
  }
}

/** An f32 as the shortest decimal that rounds to it: 1e-5 for 0.000009999999747378752. */
function shortest(value: number): number {
  if (Number.isInteger(value) || Math.fround(value) !== value) return value
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}
