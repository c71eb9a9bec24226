// The text of a row that grows by tokens: what of it is new, and whether a stop has come.
import type { Tokenizer } from '../../tokenizer/tokenizer.js'

/** Of a character whose bytes are not all there yet. */
const incomplete = '\ufffd'

export class GrowingText {
  readonly #tokenizer: Tokenizer
  readonly #stops: readonly string[]
  readonly #ids: number[] = []
  #text = ''
  #given = 0
  // Decoding goes on from here: tokens before `#read` are in the text, those from `#from` on are their neighbours, since
  // a decoder may treat a text's first token unlike others.
  #from = 0
  #read = 0

  constructor(tokenizer: Tokenizer, stops: readonly string[]) {
    this.#tokenizer = tokenizer
    this.#stops = stops
  }

  get ids(): Int32Array {
    return Int32Array.from(this.#ids)
  }

  /** All of it, up to the stop. */
  get text(): string {
    return this.#text
  }

  /** @returns whether a stop's text has come; then it and the tokens that are part of it are gone */
  push(id: number): boolean {
    this.#ids.push(id)
    const before = this.#tokenizer.decode(this.#ids.slice(this.#from, this.#read))
    const now = this.#tokenizer.decode(this.#ids.slice(this.#from))
    if (now.endsWith(incomplete) || this.#tokenizer.isByte(id)) return false
    // A neighbour without text, such as a control token, would leave the next token to be a first one.
    if (now.length > before.length) this.#from = this.#read
    this.#read = this.#ids.length
    this.#text += now.slice(before.length)
    return this.#cutAtStop()
  }

  /** What has grown since the last call, without an end that may become a stop. */
  takeGrowth(): string {
    const held = Math.max(0, ...this.#stops.map(stop => this.#overlap(stop)))
    return this.#take(this.#text.length - held)
  }

  /** The rest, once no token follows: half characters are what they are. */
  takeRest(): string {
    if (this.#read < this.#ids.length) {
      const before = this.#tokenizer.decode(this.#ids.slice(this.#from, this.#read))
      this.#text += this.#tokenizer.decode(this.#ids.slice(this.#from)).slice(before.length)
      this.#read = this.#ids.length
    }
    return this.#take(this.#text.length)
  }

  #take(end: number): string {
    const growth = this.#text.slice(this.#given, end)
    this.#given = Math.max(this.#given, end)
    return growth
  }

  #cutAtStop(): boolean {
    const places = this.#stops.map(stop => this.#text.indexOf(stop)).filter(place => place >= 0)
    if (places.length === 0) return false
    this.#text = this.#text.slice(0, Math.min(...places))
    while (this.#ids.length > 0 && this.#tokenizer.decode(this.#ids).length > this.#text.length) this.#ids.pop()
    this.#read = this.#ids.length
    return true
  }

  /** How much of a stop's beginning the text ends with. */
  #overlap(stop: string): number {
    for (let length = Math.min(stop.length - 1, this.#text.length); length > 0; length -= 1)
      if (this.#text.endsWith(stop.slice(0, length))) return length
    return 0
  }
}
