// Which schema a file has, by its columns.
import { closest, distance } from 'fastest-levenshtein'
import { XlingError } from '../binding/errors.js'
import type { Example, Task } from './example.js'
import type { Format } from './formats/format.js'
import { formats, type SchemaId } from './formats/index.js'
import type { FileSource } from './source.js'

/** What a caller takes. */
export interface Wanted {
  readonly kinds: readonly Example['kind'][]
  /** Of pairs. Default: both. */
  readonly task?: Task | undefined
  /** For messages: what the source is for, like 'train: data'. */
  readonly where: string
}

/** What each part of an example is called in a file. */
export interface Schema {
  readonly id: SchemaId
  readonly format: Format
  readonly columns: Readonly<Record<string, string>>
}

/**
 * What a source can be read as, in the order in which it is tried.
 * @throws XlingError `ERR_INVALID_ARGUMENT` for a schema that gives something else than is wanted, `ERR_UNKNOWN_OPTION`
 * for the name of a column that none has
 */
export function candidates(source: Pick<FileSource, 'schema' | 'columns'>, { kinds, task, where }: Wanted): Schema[] {
  const { schema, columns = {} } = source
  const all = Object.entries(formats) as [SchemaId, Format][]
  const named =
    schema === undefined ? all.filter(([, { kind }]) => kinds.includes(kind)) : [[schema, formats[schema]] as const]
  for (const [id, format] of named) {
    if (!kinds.includes(format.kind))
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        `${where}: schema '${id}' gives examples of kind '${format.kind}', but ${kinds.join(' or ')} is wanted`,
      )
    if (schema !== undefined && isOfOtherTask(format, task)) throw otherTask(where, id, format, task)
  }
  const layouts = named.flatMap(([id, format]) => format.layouts.map(layout => ({ id, format, layout })))
  const known = [...new Set(layouts.flatMap(({ layout }) => Object.values(layout)))]
  for (const column of Object.keys(columns))
    if (!known.includes(column))
      throw new XlingError(
        'ERR_UNKNOWN_OPTION',
        `${where}: columns: no schema that is wanted has a column '${column}'; did you mean '${closest(column, known)}'? ` +
          `(${known.join(', ')})`,
      )
  return layouts
    .filter(({ layout }) => Object.keys(columns).every(column => Object.values<string>(layout).includes(column)))
    .map(({ id, format, layout }) => ({
      id,
      format,
      columns: Object.fromEntries(
        Object.entries(layout).map(([part, column]) => [
          part,
          Object.hasOwn(columns, column) ? columns[column] : column,
        ]),
      ) as Record<string, string>,
    }))
}

/**
 * The first whose columns are all there.
 * @throws XlingError `ERR_MALFORMED_FILE` where none is, `ERR_INVALID_ARGUMENT` where its pairs are of another task
 */
export function chooseSchema(
  file: string,
  columns: readonly string[],
  schemas: readonly Schema[],
  wanted: Wanted,
): Schema {
  const { task, where } = wanted
  const fitting = schemas.filter(schema => Object.values(schema.columns).every(column => columns.includes(column)))
  const schema = fitting.find(({ format }) => !isOfOtherTask(format, task))
  if (schema) return schema
  const [other] = fitting
  if (other) throw otherTask(`${where}: ${file}`, other.id, other.format, task)
  const needed = schemas.map(({ id, columns }) => `${id} needs ${Object.values(columns).join(', ')}`)
  throw new XlingError(
    'ERR_MALFORMED_FILE',
    `${file}: has the columns ${columns.join(', ') || '(none)'}, which are of no schema that ${where} can take ` +
      `(${needed.join('; ')}); rename them by the option columns${meant(columns, schemas)}`,
  )
}

function isOfOtherTask(format: Format, task: Task | undefined): boolean {
  return task !== undefined && 'task' in format && format.task !== task
}

function otherTask(where: string, id: SchemaId, format: Format, task: Task | undefined): XlingError {
  const given = 'task' in format ? format.task : 'none'
  return new XlingError(
    'ERR_INVALID_ARGUMENT',
    `${where}: schema '${id}' gives ${given} pairs, but ${task} ones are wanted`,
  )
}

/** The column that looks like a misspelling of one that is missing, of the schema of which least is missing. */
function meant(columns: readonly string[], schemas: readonly Schema[]): string {
  const [best] = schemas
    .flatMap(schema => {
      const needed = Object.values(schema.columns)
      const missing = needed.filter(column => !columns.includes(column))
      const others = columns.filter(column => !needed.includes(column))
      return missing.flatMap(wanted =>
        others.map(found => ({ wanted, found, lacks: missing.length, edits: distance(wanted, found) })),
      )
    })
    // Two letters that changed places are two edits.
    .filter(({ wanted, edits }) => edits <= 2 && edits < wanted.length / 2)
    .sort((a, b) => a.lacks - b.lacks || a.edits - b.edits)
  return best ? `: is '${best.found}' meant to be '${best.wanted}'?` : ''
}
