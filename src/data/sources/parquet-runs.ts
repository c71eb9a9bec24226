// Runs of equal values in a Parquet page, which hyparquet writes out as far as they say, past any array's end.

/** Where runs are, and what they are runs of. */
export interface Runs {
  readonly bytes: Uint8Array
  readonly begin: number
  readonly end: number
  /** Of a value, in bits. */
  readonly width: number
  /** How many there are at most. */
  readonly values: number
}

/** Whether a run is longer than there are values (RLE/bit-packing hybrid of the Parquet format). */
export function isOverrun({ bytes, begin, end, width, values }: Runs): boolean {
  let at = begin
  for (let seen = 0; seen < values && at < end; ) {
    let head = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) return false // which is an error where it is decoded
      head += (byte & 0x7f) * scale
      if (byte < 0x80) break
    }
    // Eight values a group of packed bits, the last with room to spare.
    const packed = head % 2 === 1
    const count = packed ? ((head - 1) / 2) * 8 : head / 2
    if (count > values + 7) return true
    at += packed ? (count / 8) * width : Math.ceil(width / 8)
    seen += count
  }
  return false
}
