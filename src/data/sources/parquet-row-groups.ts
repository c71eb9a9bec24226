// What a Parquet file's footer says of its row groups, checked before anything is allocated by it.
import { type CompressionCodec, type FileMetaData, parquetSchema } from 'hyparquet'
import { XlingError } from '../../binding/errors.js'
import { malformed } from './table.js'

/** As many as pyarrow writes at most; hyparquet holds all of a group's values. */
const maxRows = 2 ** 26

export interface RowGroup {
  readonly rowStart: number
  readonly rowEnd: number
  /** Where the columns are. */
  readonly chunks: readonly ColumnChunk[]
}

export interface ColumnChunk {
  readonly column: string
  readonly codec: CompressionCodec
  /** Whether a value may be null. */
  readonly optional: boolean
  /** Bytes of the file. */
  readonly begin: number
  readonly end: number
}

/**
 * The rows of each group. The columns must be there; of each, every group has as many values as rows, and its bytes are
 * in the file.
 * @throws XlingError `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE` for columns of lists and structs, and for groups of
 * over 2²⁶ rows
 */
export function checkRowGroups(
  file: string,
  metadata: FileMetaData,
  columns: readonly string[],
  byteLength: number,
): RowGroup[] {
  const optional = new Map<string, boolean>()
  for (const { element, children } of parquetSchema(metadata).children) {
    optional.set(element.name, element.repetition_type !== 'REQUIRED')
    if (columns.includes(element.name) && (children.length > 0 || element.repetition_type === 'REPEATED'))
      throw new XlingError(
        'ERR_UNSUPPORTED_FILE',
        `${file}: column '${element.name}' holds lists or structs; name one of single values`,
      )
  }
  let rowEnd = 0
  const groups = metadata.row_groups.map((group, at) => {
    const rowStart = rowEnd
    const rows = Number(group.num_rows)
    if (!(rows >= 0 && Number.isSafeInteger(rows))) throw malformed(file, `row group ${at} has ${rows} rows`)
    if (rows > maxRows)
      throw new XlingError(
        'ERR_UNSUPPORTED_FILE',
        `${file}: row group ${at} has ${rows} rows, over ${maxRows}; write it with smaller ones`,
      )
    rowEnd = rowStart + rows
    // An empty group may be nowhere.
    const there = rows > 0 ? columns : []
    return {
      rowStart,
      rowEnd,
      chunks: there.map(column => ({
        column,
        optional: optional.get(column) ?? true,
        ...chunkOf(file, group, { at, column, rows, byteLength }),
      })),
    }
  })
  if (Number(metadata.num_rows) !== rowEnd)
    throw malformed(file, `has ${metadata.num_rows} rows, but its row groups have ${rowEnd}`)
  return groups
}

interface Expected {
  readonly at: number
  readonly column: string
  readonly rows: number
  readonly byteLength: number
}

function chunkOf(file: string, group: FileMetaData['row_groups'][number], expected: Expected) {
  const { at, column, rows, byteLength } = expected
  const chunks = group.columns.filter(({ meta_data }) => meta_data?.path_in_schema[0] === column)
  const [meta] = chunks.map(({ meta_data }) => meta_data)
  const wrong = (what: string) => malformed(file, `row group ${at}, column '${column}': ${what}`)
  if (!meta || chunks.length > 1) throw wrong(`there are ${chunks.length} of it`)
  if (Number(meta.num_values) !== rows) throw wrong(`has ${meta.num_values} values, but there are ${rows} rows`)
  const begin = Number(meta.dictionary_page_offset || meta.data_page_offset)
  const end = begin + Number(meta.total_compressed_size)
  if (!(begin >= 4 && end >= begin && end <= byteLength))
    throw wrong(`is at bytes ${begin} to ${end}, but the file has ${byteLength}`)
  return { codec: meta.codec, begin, end }
}
