// From a data source to examples.
import { XlingError } from '../binding/errors.js'
import { checkOptions } from '../binding/options.js'
import { checkSource } from './check-source.js'
import { candidates, chooseSchema, type Schema, type Wanted } from './choose-schema.js'
import type { Example } from './example.js'
import { exampleOf } from './example-of.js'
import { BadRow, type Values } from './fields.js'
import { formatOf } from './file-format.js'
import type { SchemaId } from './formats/index.js'
import { permutation } from './shuffle.js'
import { type DataSource, type FileSource, resolveFiles } from './source.js'
import { readAtHand } from './sources/at-hand.js'
import { type BrokenRow, type ChooseColumns, checkColumns, malformed, type TableRow } from './sources/table.js'
import { tables } from './sources/tables.js'
import { keeps } from './where.js'

export interface ReadOptions<Kind extends Example['kind']> extends Wanted {
  readonly kinds: readonly Kind[]
  readonly signal?: AbortSignal | undefined
}

export interface SkippedRow {
  readonly file: string
  /** Its index in the file. */
  readonly row: number
  readonly problem: string
}

export interface Examples<Kind extends Example['kind'] = Example['kind']> {
  readonly schema: SchemaId
  /** One at least. */
  readonly examples: readonly Extract<Example, { kind: Kind }>[]
  /** Bad rows that `skipBadRows` left out. */
  readonly skipped: readonly SkippedRow[]
}

/**
 * All examples of a source: all its rows have one schema. Rows at hand are taken as they are, whatever further keys
 * they have.
 *
 * `where` is applied first, then the rows are shuffled, if they are to be, then `offset` and `limit` count; of those that
 * remain, a row that holds no pair of the wanted task is left out. Text that is blank or missing makes a bad row; other
 * text is kept as it stands.
 * @throws XlingError
 * - `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`: the source's options, a schema that gives something else than is wanted
 * - `ERR_MALFORMED_FILE`: columns of no schema that is wanted; a bad row, with file, row and column, of rows at hand too;
 *   a file that breaks its format's rules; `ERR_UNSUPPORTED_FILE`: one that keeps them but cannot be read
 * - `ERR_NO_DATA`: nothing is left
 * - and what {@link resolveFiles} throws; the signal's reason
 */
export async function readExamples<Kind extends Example['kind']>(
  source: DataSource,
  wanted: ReadOptions<Kind>,
): Promise<Examples<Kind>> {
  checkOptions('readExamples', wanted, ['kinds', 'task', 'where', 'signal'])
  wanted.signal?.throwIfAborted()
  const checked = checkSource(wanted.where, source)
  const reading = new Reading('rows' in checked ? {} : checked, wanted)
  if ('rows' in checked) await reading.read(wanted.where, choose => readAtHand(wanted.where, checked.rows, choose))
  else {
    const files = await resolveFiles(checked, wanted.signal ? { signal: wanted.signal } : {})
    const table = tables[checked.format ?? formatOf(wanted.where, files)]
    for (const file of files) if (!(await reading.read(file, choose => table(file, choose)))) break
  }
  // Of the kinds that are wanted, since the schemas are.
  return reading.done() as unknown as Examples<Kind>
}

/** A row that `where` keeps. */
interface Kept {
  readonly file: string
  readonly row: number
  readonly line: number | undefined
  readonly key: number
  readonly values: Values
}

class Reading {
  readonly #source: Omit<FileSource, 'path'>
  readonly #wanted: ReadOptions<Example['kind']>
  readonly #schemas: readonly Schema[]
  readonly #keeps: (values: Values) => boolean
  readonly #kept: Kept[] = []
  readonly #skipped: SkippedRow[] = []
  #schema: Schema | undefined
  #rows = 0

  constructor(source: Omit<FileSource, 'path'>, wanted: ReadOptions<Example['kind']>) {
    this.#source = source
    this.#wanted = wanted
    this.#schemas = candidates(source, wanted)
    this.#keeps = keeps(source.where)
  }

  /** @returns whether further rows are wanted */
  async read(file: string, table: (choose: ChooseColumns) => AsyncIterable<TableRow | BrokenRow>): Promise<boolean> {
    const { offset = 0, limit = Number.POSITIVE_INFINITY, shuffleSeed } = this.#source
    const enough = shuffleSeed === undefined ? offset + limit : Number.POSITIVE_INFINITY
    const first = this.#rows
    for await (const read of table((file, columns) => this.#choose(file, columns))) {
      this.#wanted.signal?.throwIfAborted()
      const key = this.#rows++
      const place = { file, row: key - first, line: read.line }
      if ('problem' in read) this.#refuse(place, read.problem)
      else if (this.#keeps(read.values)) this.#kept.push({ ...place, key, values: read.values })
      if (this.#kept.length >= enough) return false
    }
    return true
  }

  /** @throws XlingError `ERR_NO_DATA` */
  done(): Examples {
    const { task, where } = this.#wanted
    const { offset = 0, limit = this.#kept.length } = this.#source
    const taken = this.#shuffled().slice(offset, offset + limit)
    const unread = this.#skipped.length
    const examples: Example[] = []
    for (const kept of taken) {
      const example = this.#exampleOf(kept)
      if (example) examples.push(example)
    }
    if (this.#schema && examples.length > 0) return { schema: this.#schema.id, examples, skipped: this.#skipped }
    const bad = this.#skipped.length
    const reasons = [
      [this.#rows - unread - this.#kept.length, "are left out by 'where'"],
      [this.#kept.length - taken.length, `are left out by offset ${offset}`],
      [taken.length - (bad - unread), task ? `hold no ${task} pair` : 'hold no pair'],
      [bad, 'are bad'],
    ] as const
    const why = reasons.filter(([count]) => count > 0).map(([count, reason]) => `${count} ${reason}`)
    throw new XlingError(
      'ERR_NO_DATA',
      `${where}: no example is left of ${this.#rows} rows${why.length > 0 ? `: ${why.join(', ')}` : ''}; give others`,
    )
  }

  #choose(file: string, columns: readonly string[]): readonly string[] {
    this.#schema ??= chooseSchema(file, columns, this.#schemas, this.#wanted)
    const wanted = [...Object.values(this.#schema.columns), ...Object.keys(this.#source.where ?? {})]
    return checkColumns(file, [...new Set(wanted)], columns)
  }

  #shuffled(): readonly Kept[] {
    const { shuffleSeed } = this.#source
    if (shuffleSeed === undefined) return this.#kept
    return [...permutation(this.#kept.length, shuffleSeed, [0, 0])].flatMap(at => this.#kept[at] ?? [])
  }

  #exampleOf(kept: Kept): Example | undefined {
    try {
      return this.#schema && exampleOf(this.#schema, kept.values, { key: kept.key, task: this.#wanted.task })
    } catch (error) {
      if (!(error instanceof BadRow)) throw error
      this.#refuse(kept, error.message)
      return undefined
    }
  }

  #refuse({ file, row, line }: Pick<Kept, 'file' | 'row' | 'line'>, problem: string): void {
    if (this.#source.skipBadRows) {
      this.#skipped.push({ file, row, problem })
      return
    }
    const place = line === undefined ? `row ${row}` : `row ${row} (line ${line})`
    throw malformed(file, `${place}: ${problem}`)
  }
}
