// What the pages of a Parquet column say of themselves, checked before they are decoded: hyparquet allocates by it.
import { codecs } from './parquet-codecs.js'
import { isOverrun } from './parquet-runs.js'
import { type Cursor, readStruct, type ThriftStruct } from './thrift-numbers.js'

/** Of a page, decompressed; writers cut them at about 1 MiB. */
const maxPageBytes = 2 ** 28

// By parquet.thrift: fields of PageHeader, of the headers of pages in it, types of pages, encodings.
const page = { type: 1, uncompressed: 2, compressed: 3, data: 5, dictionary: 7, dataV2: 8 } as const
const field = {
  values: 1,
  encoding: 2,
  nulls: 2,
  rows: 3,
  encodingV2: 4,
  definition: 5,
  repetition: 6,
  packed: 7,
} as const
const types = { data: 0, dictionary: 2, dataV2: 3 } as const
const encodings = { plainDictionary: 2, runs: 3, dictionary: 8 } as const

export interface Column {
  /** Rows of the group. */
  readonly rows: number
  readonly codec: keyof typeof codecs
  /** Whether a value may be null. */
  readonly optional: boolean
}

interface Page {
  readonly fields: ThriftStruct
  readonly bytes: Uint8Array
  readonly uncompressed: number
  readonly column: Column
}

/**
 * What is wrong with the pages of a column of single values in one row group; undefined where nothing is.
 * @throws whatever reading past an end does, or decompressing what is not compressed
 */
export function pageProblem(chunk: ArrayBuffer, column: Column): string | undefined {
  const cursor: Cursor = { view: new DataView(chunk), at: 0 }
  for (let left = column.rows; left > 0; ) {
    const fields = readStruct(cursor)
    const compressed = numberIn(fields, page.compressed)
    const uncompressed = numberIn(fields, page.uncompressed)
    const remaining = chunk.byteLength - cursor.at
    if (!(compressed >= 0 && compressed <= remaining)) return `a page of ${compressed} bytes is not in the column`
    if (!(uncompressed >= 0 && uncompressed <= maxPageBytes))
      return `a page is to have ${uncompressed} bytes, which must be 0 to 256 MiB`
    const values = valuesIn({ fields, bytes: new Uint8Array(chunk, cursor.at, compressed), uncompressed, column })
    if (typeof values === 'string') return values
    if (values > left) return `the pages have more values than the ${column.rows} rows`
    left -= values
    cursor.at += compressed
  }
  return undefined
}

/** How many values of the column a page gives, or what is wrong with it. */
function valuesIn(read: Page): number | string {
  switch (numberIn(read.fields, page.type)) {
    case types.dictionary:
      return dictionaryProblem(read) ?? 0
    case types.data:
      return valuesOf(read)
    case types.dataV2:
      return valuesOfV2(read)
    default:
      return `a page is of type ${numberIn(read.fields, page.type)}`
  }
}

function dictionaryProblem({ fields, uncompressed }: Page): string | undefined {
  const values = numberIn(structIn(fields, page.dictionary), field.values)
  // A value takes a bit at least.
  return values >= 0 && values <= uncompressed * 8 ? undefined : `a dictionary has ${values} values`
}

function valuesOf({ fields, bytes, uncompressed, column }: Page): number | string {
  const header = structIn(fields, page.data)
  const values = numberIn(header, field.values)
  if (!(values >= 0 && values <= column.rows)) return `a page has ${values} values, but there are ${column.rows} rows`
  const content = decompressed(bytes, uncompressed, column)
  let begin = 0
  if (column.optional) {
    const end = 4 + lengthAt(content, 0)
    if (isOverrun({ bytes: content, begin: 4, end, width: 1, values })) return overrun
    begin = end
  }
  return contentOverruns({ content, begin, encoding: numberIn(header, field.encoding), values }) ? overrun : values
}

function valuesOfV2({ fields, bytes, uncompressed, column }: Page): number | string {
  const header = structIn(fields, page.dataV2)
  const values = numberIn(header, field.values)
  const nulls = numberIn(header, field.nulls)
  const repetition = numberIn(header, field.repetition)
  const definition = numberIn(header, field.definition)
  if (numberIn(header, field.rows) !== values || !(nulls >= 0 && nulls <= values && values <= column.rows))
    return 'a page counts its rows wrongly'
  const levels = repetition + definition
  if (!(repetition >= 0 && definition >= 0 && levels <= Math.min(bytes.length, uncompressed)))
    return 'the levels of a page are longer than the page'
  if (column.optional && isOverrun({ bytes, begin: repetition, end: levels, width: 1, values })) return overrun
  const rest = bytes.subarray(levels)
  const isPacked = header.get(field.packed) !== 0 && uncompressed > levels
  const content = isPacked ? decompressed(rest, uncompressed - levels, column) : rest
  return contentOverruns({ content, begin: 0, encoding: numberIn(header, field.encodingV2), values }) ? overrun : values
}

const overrun = 'a page repeats a value more often than it has values'

interface Content {
  readonly content: Uint8Array
  /** Behind the levels. */
  readonly begin: number
  readonly encoding: number
  readonly values: number
}

/** Indices into a dictionary, behind a byte with their width, and booleans, behind the length of their runs. */
function contentOverruns({ content, begin, encoding, values }: Content): boolean {
  const end = content.length
  if (encoding === encodings.runs) return isOverrun({ bytes: content, begin: begin + 4, end, width: 1, values })
  if (encoding !== encodings.dictionary && encoding !== encodings.plainDictionary) return false
  return isOverrun({ bytes: content, begin: begin + 1, end, width: content[begin] ?? 0, values })
}

function decompressed(bytes: Uint8Array, length: number, { codec }: Column): Uint8Array {
  return codecs[codec]?.(bytes, length) ?? bytes
}

const lengthAt = (bytes: Uint8Array, at: number) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true)

function numberIn(fields: ThriftStruct, id: number): number {
  const value = fields.get(id)
  return typeof value === 'number' ? value : Number.NaN
}

function structIn(fields: ThriftStruct, id: number): ThriftStruct {
  const value = fields.get(id)
  return value instanceof Map ? value : new Map()
}
