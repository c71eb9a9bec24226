// Numbers in a struct of Thrift's compact protocol, and where it ends.

/** By field: a number, or a struct in it. What else there is is passed over. */
export type ThriftStruct = ReadonlyMap<number, number | ThriftStruct>

export interface Cursor {
  readonly view: DataView
  at: number
}

/** Structs in structs; those of Parquet's pages are three deep. */
const maxDepth = 16

/** @throws RangeError where it goes past the end; Error for what is no struct */
export function readStruct(cursor: Cursor, depth = 0): ThriftStruct {
  if (depth > maxDepth) throw new Error('structs are nested too deep')
  const fields = new Map<number, number | ThriftStruct>()
  for (let id = 0; ; ) {
    const head = cursor.view.getUint8(cursor.at++)
    const type = head & 0x0f
    if (type === 0) return fields
    id = head >> 4 === 0 ? zigzag(cursor) : id + (head >> 4)
    const value = readValue(cursor, type, depth)
    if (value !== undefined) fields.set(id, value)
  }
}

function readValue(cursor: Cursor, type: number, depth: number): number | ThriftStruct | undefined {
  switch (type) {
    case 1:
      return 1
    case 2:
      return 0
    case 3:
      return cursor.view.getInt8(cursor.at++)
    case 4:
    case 5:
    case 6:
      return zigzag(cursor)
    case 7:
      cursor.at += 8
      return undefined
    case 8:
      // In this order: what tells the length is passed over, too.
      cursor.at = varint(cursor) + cursor.at
      return undefined
    case 9:
      skipList(cursor, depth)
      return undefined
    case 12:
      return readStruct(cursor, depth + 1)
    default:
      throw new Error(`there is a value of type ${type}`)
  }
}

function skipList(cursor: Cursor, depth: number): void {
  const head = cursor.view.getUint8(cursor.at++)
  const length = head >> 4 === 15 ? varint(cursor) : head >> 4
  // True and false are a byte each in a list.
  const type = (head & 0x0f) <= 2 ? 3 : head & 0x0f
  for (let i = 0; i < length; i++) readValue(cursor, type, depth + 1)
}

function zigzag(cursor: Cursor): number {
  const value = varint(cursor)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

/** Exact to 2⁵³; a larger one is no number of anything here, and stays large. */
function varint(cursor: Cursor): number {
  let value = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = cursor.view.getUint8(cursor.at++)
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
  }
}
