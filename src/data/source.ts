// Where examples come from, and its files.
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { XlingError } from '../binding/errors.js'
import { fileFailure } from '../files/atomic.js'
import { downloadDataFiles } from '../model/hub-data.js'
import { checkSource } from './check-source.js'
import type { FileFormat } from './file-format.js'
import type { SchemaId } from './formats/index.js'
import { isHubAddress, parseHubAddress } from './hub-address.js'

/** What a column can be compared with. */
export type Scalar = string | number | boolean

/** Files of one format with the same columns. */
export interface FileSource {
  /** A path, a glob, or `hf://datasets/<owner>/<name>[@<revision>]/<path or glob>`. */
  readonly path: string
  /** Default: by the files' ending, `.csv`, `.tsv`, `.jsonl` or `.ndjson`, `.parquet`. */
  readonly format?: FileFormat
  /** Default: the first, in the order of {@link formats}, whose columns are all there and that gives what is wanted. */
  readonly schema?: SchemaId
  /** What the files call the schema's columns, where they call them otherwise. */
  readonly columns?: Readonly<Record<string, string>>
  /**
   * Rows are kept whose columns, as the files call them, have this value or one of these: all of them. Values are
   * compared as text, and as numbers with a number: '1' in a CSV file is 1.
   */
  readonly where?: Readonly<Record<string, Scalar | readonly Scalar[]>>
  /** Rows at most that are taken, 1 or more, of those that `where` keeps. Default: all. */
  readonly limit?: number
  /** Rows that are left out before, 0 or more, of those that `where` keeps. Default 0. */
  readonly offset?: number
  /** Shuffles the rows that `where` keeps before `offset` and `limit` are counted. Default: they stay in their order. */
  readonly shuffleSeed?: number
  /** Leaves out and counts rows that cannot be read; default false: the first is an error. */
  readonly skipBadRows?: boolean
}

/** A path, a source with its options, or rows at hand: objects by column, such as triplets. */
export type DataSource = string | FileSource | Iterable<object> | AsyncIterable<object>

export type Rows = Iterable<object> | AsyncIterable<object>

export interface ResolveOptions {
  /** Stops a download. */
  readonly signal?: AbortSignal
}

/**
 * The files of a source: whole paths, sorted; none for rows at hand. What is on the hub is brought into the hub's cache
 * first. A path that exists is taken as it is, also where it could be read as a glob; '~/' before it is the home folder.
 * In a glob, `*` does not match names with a dot before them.
 * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`, `ERR_FILE_NOT_FOUND` where there is nothing,
 * `ERR_FILE_FAILED`, and for the hub `ERR_HUB_NOT_FOUND`, `ERR_HUB_GATED`, `ERR_HUB_OFFLINE`, `ERR_HUB_FAILED`,
 * `ERR_DISK_FULL`; the signal's reason
 */
export async function resolveFiles(source: DataSource, { signal }: ResolveOptions = {}): Promise<string[]> {
  signal?.throwIfAborted()
  const checked = checkSource('resolveFiles', source)
  if ('rows' in checked) return []
  const { path } = checked
  if (isHubAddress(path)) {
    const { repository, pattern } = parseHubAddress(path)
    return downloadDataFiles(repository, pattern, { signal })
  }
  const whole = resolve(path.replace(/^~(?=\/|$)/, homedir()))
  const entry = await stat(whole).catch((error: NodeJS.ErrnoException) =>
    ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(error.code ?? '') ? undefined : fileFailure('read', whole)(error),
  )
  if (entry?.isDirectory())
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `${whole} is a folder; name files in it, by a glob as '${join(path, '*.csv')}'`,
    )
  if (entry) return [whole]
  const pattern = isDynamicPattern(path)
  const files = pattern ? await glob(whole, { absolute: true, expandDirectories: false }) : []
  if (files.length > 0) return files.sort()
  throw new XlingError('ERR_FILE_NOT_FOUND', pattern ? `no file matches ${whole}` : `there is no file ${whole}`)
}
