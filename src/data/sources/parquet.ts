// Rows of a Parquet file.
import { type FileHandle, open } from 'node:fs/promises'
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { XlingError } from '../../binding/errors.js'
import { codecs } from './parquet-codecs.js'
import { pageProblem } from './parquet-pages.js'
import { checkRowGroups } from './parquet-row-groups.js'
import { readFailure } from './read-failure.js'
import { type ChooseColumns, malformed, type TableRow } from './table.js'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Strings that are not UTF-8 are an error here as in every other format. */
const parsers = { stringFromBytes: (bytes: Uint8Array | undefined) => bytes && utf8.decode(bytes) }

/**
 * The chosen columns, one row group after another: memory holds one of them. Whole numbers of 64 bits are numbers where
 * they are exact, else bigints. Pages are decompressed twice: once to be checked.
 */
export async function* readParquet(file: string, choose: ChooseColumns): AsyncGenerator<TableRow, void> {
  const handle = await open(file).catch((cause: unknown) => {
    throw readFailure(file, cause)
  })
  try {
    const buffer = await bufferOf(file, handle)
    const metadata = await understood(file, () => parquetMetadataAsync(buffer, { geoparquet: false }))
    const columns = [...choose(file, await understood(file, async () => columnsOf(metadata)))]
    const groups = await understood(file, async () => checkRowGroups(file, metadata, columns, buffer.byteLength))
    for (const { rowStart, rowEnd, chunks } of groups) {
      if (rowStart === rowEnd) continue
      for (const { column, begin, end, ...how } of chunks) {
        const bytes = await buffer.slice(begin, end)
        const problem = await understood(file, async () => pageProblem(bytes, { rows: rowEnd - rowStart, ...how }))
        if (problem !== undefined)
          throw malformed(file, `rows ${rowStart} to ${rowEnd - 1}, column '${column}': ${problem}`)
      }
      const rows = await understood(file, () =>
        parquetReadObjects({ file: buffer, metadata, columns, rowStart, rowEnd, compressors: codecs, parsers }),
      )
      for (let row = rowStart; row < rowEnd; row++) yield { values: valuesOf(rows[row - rowStart], columns) }
    }
  } finally {
    await handle.close()
  }
}

async function bufferOf(file: string, handle: FileHandle): Promise<AsyncBuffer> {
  const failed = (cause: unknown): never => {
    throw readFailure(file, cause)
  }
  const byteLength = (await handle.stat().catch(failed)).size
  const slice = async (begin: number, end = byteLength): Promise<ArrayBuffer> => {
    if (!(begin >= 0 && begin <= end && end <= byteLength))
      throw malformed(file, `points to bytes ${begin} to ${end}, but has ${byteLength}; get it again`)
    const bytes = new Uint8Array(end - begin)
    // The system gives 2 GiB at once at most.
    for (let got = 0; got < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, got, bytes.length - got, begin + got).catch(failed)
      if (bytesRead === 0) throw malformed(file, 'was cut while it was read')
      got += bytesRead
    }
    return bytes.buffer
  }
  const problem = await footerProblem(byteLength, slice)
  if (problem !== undefined) throw malformed(file, problem)
  return { byteLength, slice }
}

/** "PAR1", row groups, the footer, its length in 4 bytes, "PAR1". */
async function footerProblem(byteLength: number, slice: (begin: number, end?: number) => Promise<ArrayBuffer>) {
  const magic = 'PAR1'
  if (byteLength < 12) return `has ${byteLength} bytes, and is no Parquet file`
  const first = Buffer.from(await slice(0, 4)).toString('latin1')
  const last = Buffer.from(await slice(byteLength - 8))
  if (first !== magic) return 'is no Parquet file'
  if (last.toString('latin1', 4) !== magic) return 'is no whole Parquet file: its end is missing; get it again'
  const footer = last.readUInt32LE()
  return footer > byteLength - 12 ? `has a footer of ${footer} bytes, but ${byteLength} in all` : undefined
}

/** Whatever the library throws over bytes that it cannot read. */
async function understood<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof XlingError) throw cause
    throw malformed(file, `cannot be read as Parquet: ${(cause as Error).message}`, cause)
  }
}

function columnsOf(metadata: FileMetaData): string[] {
  return parquetSchema(metadata).children.map(({ element }) => element.name)
}

function valuesOf(row: Record<string, unknown> | undefined, columns: readonly string[]) {
  return Object.fromEntries(
    columns.map(column => {
      const value = row?.[column]
      const exact = typeof value === 'bigint' && Number.isSafeInteger(Number(value))
      return [column, exact ? Number(value) : value]
    }),
  )
}
