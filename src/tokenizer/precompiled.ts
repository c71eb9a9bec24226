// SentencePiece's compiled normalisation rules: a double-array trie from UTF-8 to replacements, and the replacements.
// Layout: u32 size of the trie in bytes, the trie, then replacements, each ended by a zero byte.
// A trie's unit (darts-clone): bits 0-7 label, 8 has a leaf, 9 wide offset, 10-30 offset, 31 is a leaf with a value.
import { invalidTokenizer } from './json-fields.js'

const offsetOf = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6)
const labelOf = (unit: number) => (unit & 0x800000ff) >>> 0

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })
// Characters that are always a grapheme of their own, so that the segmenter need not be asked.
const alone = /^[\n\x20-\u02ff]*$/
// A longer grapheme is never looked up whole, as in Python.
const wholeGraphemeBytes = 5

/**
 * The rules' normalisation, as Python does it: by grapheme where a short one has a rule, else by character.
 * @param base64 `precompiled_charsmap`; an empty one has no rules.
 */
export function precompiled(base64: string, where: string): (text: string) => string {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length === 0) return text => text
  const size = bytes.length < 4 ? Number.NaN : bytes.readUInt32LE(0)
  if (!(size % 4 === 0 && size <= bytes.length - 4))
    throw invalidTokenizer(where, `is damaged: its trie of ${size} bytes does not fit in its ${bytes.length} bytes`)
  const trie = Uint32Array.from({ length: size / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i))
  const replacements = bytes.subarray(4 + size)

  // The rule of the shortest prefix that has one: Python takes the first that its search finds.
  const replacement = (text: string): string | undefined => {
    let at = offsetOf(trie[0] ?? 0)
    for (const byte of Buffer.from(text, 'utf8')) {
      at ^= byte
      const unit = trie[at]
      if (byte === 0 || unit === undefined || labelOf(unit) !== byte) return undefined
      at ^= offsetOf(unit)
      if (((unit >>> 8) & 1) === 0) continue
      const start = (trie[at] ?? 0) & 0x7fffffff
      const end = replacements.indexOf(0, start)
      return replacements.toString('utf8', start, end < 0 ? undefined : end)
    }
    return undefined
  }
  const normal = (grapheme: string): string =>
    (Buffer.byteLength(grapheme) <= wholeGraphemeBytes ? replacement(grapheme) : undefined) ??
    Array.from(grapheme, character => replacement(character) ?? character).join('')

  return text => {
    const graphemes = alone.test(text) ? text : Array.from(segmenter.segment(text), ({ segment }) => segment)
    let out = ''
    for (const grapheme of graphemes) out += normal(grapheme)
    return out
  }
}
