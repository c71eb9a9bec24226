// In how many ways a token is two tokens: asked a million times of a large vocabulary, so that no half is made as a
// string of its own before it is known to be a token.

// Polynomial hashes of UTF-16 units, modulo 2^32: a text's hash is known from that of the text without its first or its
// last unit. The base is odd, and drawn anew by every process, so that no file is made for it.
const base = (Math.floor(Math.random() * 2 ** 30) * 2 + 2 ** 31 + 1) | 0

function hashOf(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, base) + text.charCodeAt(i)) | 0
  return hash
}

export class TokenHalves {
  readonly #tokens: readonly string[]
  // Open addressing: places by hash, each an id and one, or zero.
  readonly #places: Int32Array
  #prefixes = new Int32Array(64)

  /** @param tokens by id */
  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
    this.#places = new Int32Array(2 ** (Math.ceil(Math.log2(tokens.length + 1)) + 1))
    for (const [id, token] of tokens.entries()) {
      let place = this.#firstPlace(hashOf(token))
      while (this.#places[place] !== 0) place = (place + 1) & (this.#places.length - 1)
      this.#places[place] = id + 1
    }
  }

  /** Every two tokens that a text is, one after the other, those with the longest left one first. */
  of(text: string): [left: string, right: string][] {
    const prefixes = this.#prefixHashes(text)
    const found: [string, string][] = []
    let suffix = 0
    let power = 1
    for (let i = text.length - 1; i > 0; i--) {
      suffix = (suffix + Math.imul(text.charCodeAt(i), power)) | 0
      power = Math.imul(power, base)
      const left = this.#find(prefixes[i] as number, token => token.length === i && text.startsWith(token))
      if (left === undefined) continue
      const right = this.#find(suffix, token => token.length === text.length - i && text.endsWith(token))
      if (right !== undefined) found.push([left, right])
    }
    return found
  }

  /** By length: the hash of as many first units. */
  #prefixHashes(text: string): Int32Array {
    if (this.#prefixes.length < text.length) this.#prefixes = new Int32Array(2 * text.length)
    let hash = 0
    for (let i = 1; i < text.length; i++) {
      hash = (Math.imul(hash, base) + text.charCodeAt(i - 1)) | 0
      this.#prefixes[i] = hash
    }
    return this.#prefixes
  }

  #firstPlace(hash: number): number {
    return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> (Math.clz32(this.#places.length) + 1)
  }

  #find(hash: number, is: (token: string) => boolean): string | undefined {
    for (let place = this.#firstPlace(hash); ; place = (place + 1) & (this.#places.length - 1)) {
      const id = (this.#places[place] as number) - 1
      if (id < 0) return undefined
      const token = this.#tokens[id] as string
      if (is(token)) return token
    }
  }
}
