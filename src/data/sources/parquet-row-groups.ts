// What a Parquet file's footer says of its row groups, checked before anything is allocated by it.
import { type FileMetaData, parquetSchema } from 'hyparquet'
import { XlingError } from '../../binding/errors.js'
import { malformed } from './table.js'

/** As many as pyarrow writes at most; hyparquet holds all of a group's values. */
const maxRows = 2 ** 26

export interface RowGroupRange {
  readonly rowStart: number
  readonly rowEnd: number
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
): RowGroupRange[] {
  for (const { element, children } of parquetSchema(metadata).children)
    if (columns.includes(element.name) && (children.length > 0 || element.repetition_type === 'REPEATED'))
      throw new XlingError(
        'ERR_UNSUPPORTED_FILE',
        `${file}: column '${element.name}' holds lists or structs; name one of single values`,
      )
  let rowEnd = 0
  const ranges = metadata.row_groups.map((group, at) => {
    const rowStart = rowEnd
    const rows = Number(group.num_rows)
    if (!(rows >= 0 && Number.isSafeInteger(rows))) throw malformed(file, `row group ${at} has ${rows} rows`)
    if (rows > maxRows)
      throw new XlingError(
        'ERR_UNSUPPORTED_FILE',
        `${file}: row group ${at} has ${rows} rows, over ${maxRows}; write it with smaller ones`,
      )
    for (const column of columns) checkChunk(file, group, { at, column, rows, byteLength })
    rowEnd = rowStart + rows
    return { rowStart, rowEnd }
  })
  if (Number(metadata.num_rows) !== rowEnd)
    throw malformed(file, `has ${metadata.num_rows} rows, but its row groups have ${rowEnd}`)
  return ranges
}

interface Expected {
  readonly at: number
  readonly column: string
  readonly rows: number
  readonly byteLength: number
}

function checkChunk(file: string, group: FileMetaData['row_groups'][number], expected: Expected): void {
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
}
