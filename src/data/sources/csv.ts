// Rows of a CSV file.
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { XlingError } from '../../binding/errors.js'
import { checkOptions } from '../../binding/options.js'
import { readFailure } from './read-failure.js'
import { type BrokenRow, type ChooseColumns, checkColumns, malformed, type TableRow } from './table.js'

export interface CsvOptions {
  /** What the columns are called, from the left, in a file whose first line is a row already. Default: that line names them. */
  readonly header?: readonly string[]
  /** The columns that are wanted, and must be there. Default: all. */
  readonly columns?: readonly string[]
  /** Rows at most, 1 or more. Default: all. */
  readonly limit?: number
  /** Rows that are left out first, 0 or more. Default 0. */
  readonly offset?: number
}

export interface CsvRow {
  /** The path, for messages. */
  readonly file: string
  /** Its index in the file, a header not counted: 0 is the first, whatever `offset` is. */
  readonly row: number
  /** By column. */
  readonly values: Readonly<Record<string, string>>
}

/** Above this a quote was left open, and the rest of a file would be taken for one row. */
const maxRowBytes = 2 ** 24

/**
 * Rows of a UTF-8 file, in their order, as RFC 4180 has them: `,` between fields, `"` around those that hold a comma, a
 * line break or a quote, which is doubled. Lines end in LF, CRLF or CR; a byte order mark and blank lines are passed
 * over. Nothing is read before the first row is asked for, and nothing after the last.
 * @param path with columns named in its first line, or by `options.header`
 * @throws XlingError at once `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`; while it is read `ERR_FILE_NOT_FOUND`,
 * `ERR_FILE_FAILED`, `ERR_INVALID_ARGUMENT` for an offset past the end, and `ERR_MALFORMED_FILE` for a file without
 * rows, without a column that is wanted, or with a row that cannot be read, naming its line
 */
export function readCsv(path: string, options: CsvOptions = {}): AsyncGenerator<CsvRow, void> {
  if (typeof path !== 'string' || path === '')
    throw new XlingError('ERR_INVALID_ARGUMENT', 'readCsv: path must be a string that is not empty')
  checkOptions('readCsv', options, ['header', 'columns', 'limit', 'offset'])
  const { header, columns, limit = Number.MAX_SAFE_INTEGER, offset = 0 } = options
  if (header !== undefined) checkHeader(header)
  checkWhole('limit', limit, 1)
  checkWhole('offset', offset, 0)
  return rows(path, { header, columns }, { limit, offset })
}

async function* rows(
  file: string,
  { header, columns }: { header: CsvOptions['header']; columns: CsvOptions['columns'] },
  { limit, offset }: { limit: number; offset: number },
): AsyncGenerator<CsvRow, void> {
  let row = 0
  for await (const read of readDelimited(
    file,
    'csv',
    (file, names) => checkColumns(file, columns ?? names, names),
    header,
  )) {
    if ('problem' in read) throw malformed(file, `line ${read.line}: ${read.problem}`)
    if (row >= offset) yield { file, row, values: read.values }
    row++
    if (row - offset >= limit) return
  }
  if (row === 0) throw malformed(file, header ? 'is empty' : 'has no row below the one that names the columns')
  if (row <= offset)
    throw new XlingError('ERR_INVALID_ARGUMENT', `readCsv: offset is ${offset}, but ${file} has ${row} rows`)
}

/** A row of text, whose values are strings. */
interface TextRow extends TableRow {
  readonly line: number
  readonly values: Readonly<Record<string, string>>
}

type Dialect = 'csv' | 'tsv'

/**
 * Rows as {@link readCsv} has them, or of tab-separated values: tabs are between fields, which hold neither tabs nor line
 * breaks, and a quote is a character like any, as most collections of such files have it.
 * @param header what the columns are called, in a file whose first line is a row already
 */
export async function* readDelimited(
  file: string,
  dialect: Dialect,
  choose: ChooseColumns,
  header?: readonly string[],
): AsyncGenerator<TextRow | (BrokenRow & { line: number }), void> {
  let names = header
  let wanted = header && placesOf(file, header, choose)
  for await (const { record, line } of records(file, dialect)) {
    if (!names || !wanted) {
      names = record
      wanted = placesOf(file, record, choose)
    } else if (record.length === names.length)
      yield { line, values: Object.fromEntries(wanted.map(([column, at]) => [column, record[at] ?? ''])) }
    else yield { line, problem: uneven(record, names, dialect) }
  }
  if (!names) throw malformed(file, 'is empty; its first line must name the columns')
}

function uneven(record: readonly string[], names: readonly string[], dialect: Dialect): string {
  const next =
    dialect === 'csv' ? 'put quotes around fields that hold commas' : 'a field can hold neither a tab nor a line break'
  return `the row that ends here has ${record.length} fields, but there are ${names.length} columns (${names.join(', ')}); ${next}`
}

interface CsvRecord {
  readonly record: string[]
  /** Where it ends. */
  readonly line: number
}

/** Lists of fields, the header first. */
async function* records(file: string, dialect: Dialect): AsyncGenerator<CsvRecord, void> {
  const parser = parse({
    info: true,
    max_record_size: maxRowBytes,
    // In this order: a CRLF is one line break.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    ...(dialect === 'tsv' && { delimiter: '\t', quote: false }),
  })
  // What goes wrong in one of them ends the others and comes out of the last.
  pipeline(createReadStream(file), decoded, parser, () => {})
  let line = 0
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      line = info.lines
      yield { record, line }
    }
  } catch (cause) {
    throw readable(file, cause, line)
  } finally {
    parser.destroy()
  }
}

async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

/** @param line where the last good row ends */
function readable(file: string, cause: unknown, line: number): unknown {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return malformed(file, `is not UTF-8, somewhere behind line ${line}; save it as UTF-8`, cause)
  if (!(cause instanceof CsvError)) return readFailure(file, cause)
  switch (cause.code as string) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return malformed(file, `the row that begins at line ${line + 1} has a quote that nothing closes`, cause)
    case 'CSV_MAX_RECORD_SIZE':
      return malformed(file, `the row that begins at line ${line + 1} is over 16 MiB; is a quote left open?`, cause)
    default:
      return malformed(
        file,
        `line ${(cause as CsvError & { lines?: number }).lines}: ${cause.message}; inside of quotes, a quote is written twice`,
        cause,
      )
  }
}

/** Where each column that is wanted stands. */
function placesOf(file: string, header: readonly string[], choose: ChooseColumns): [column: string, at: number][] {
  const twice = header.find((column, at) => header.indexOf(column) !== at)
  if (twice !== undefined) throw malformed(file, `two columns are called '${twice}'`)
  return choose(file, header).map(column => [column, header.indexOf(column)])
}

function checkHeader(header: unknown): void {
  const names: unknown[] = Array.isArray(header) ? header : []
  if (names.length > 0 && names.every(name => typeof name === 'string') && new Set(names).size === names.length) return
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `readCsv: header is ${JSON.stringify(header)} but must be a list of columns' names, all different, one at least`,
  )
}

function checkWhole(name: string, value: unknown, min: number): void {
  if (!Number.isSafeInteger(value) || Number(value) < min)
    throw new XlingError('ERR_INVALID_ARGUMENT', `readCsv: ${name} is ${value} but must be a whole number from ${min}`)
}
