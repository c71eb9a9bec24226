// Lines of a BEIR folder's corpus.jsonl and queries.jsonl.
import { readJsonl } from '../../../data/sources/jsonl.js'
import { checkColumns, malformed } from '../../../data/sources/table.js'
import { shown } from '../../../files/json-object.js'

export interface FileToRead {
  readonly file: string
  readonly signal: AbortSignal | undefined
}

export interface IdentifiedText {
  readonly id: string
  readonly text: string
}

/** Every query that `isWanted`; the others' texts may be anything. No two lines have one id. */
export async function* readQueries(
  read: FileToRead,
  isWanted: (id: string) => boolean,
): AsyncGenerator<IdentifiedText, void> {
  for await (const { id, fields, line } of linesOf(read)) {
    if (!isWanted(id)) continue
    const text = stringOf(fields.text, { ...read, line, field: 'text' })
    if (text.trim() === '') throw malformed(read.file, `line ${line}, field 'text': the query is blank`)
    yield { id, text }
  }
}

/** A text is the title, where there is one, a blank and the text, with no blanks around: as in BEIR. */
export async function* readDocuments(read: FileToRead): AsyncGenerator<IdentifiedText, void> {
  for await (const { id, fields, line } of linesOf(read)) {
    const title = stringOf(fields.title ?? '', { ...read, line, field: 'title' })
    yield { id, text: `${title} ${stringOf(fields.text, { ...read, line, field: 'text' })}`.trim() }
  }
}

interface Line {
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly line: number
}

/** @throws XlingError `ERR_MALFORMED_FILE` with line and field, also for an id that stands there twice */
async function* linesOf(read: FileToRead): AsyncGenerator<Line, void> {
  const { file, signal } = read
  const ids = new Set<string>()
  // A line may have a title that the first one lacks.
  const choose = (name: string, columns: readonly string[]) => [
    ...checkColumns(name, ['_id', 'text'], columns),
    'title',
  ]
  for await (const row of readJsonl(file, choose)) {
    signal?.throwIfAborted()
    const line = row.line ?? 0
    if ('problem' in row) throw malformed(file, `line ${line}: ${row.problem}`)
    const id = stringOf(row.values._id, { file, line, field: '_id' })
    const wrong = (problem: string) => malformed(file, `line ${line}, field '_id': ${problem}`)
    if (id === '') throw wrong('is empty')
    if (ids.has(id)) throw wrong(`${shown(id)} stands there twice`)
    ids.add(id)
    yield { id, fields: row.values, line }
  }
}

function stringOf(value: unknown, { file, line, field }: { file: string; line: number; field: string }): string {
  if (typeof value === 'string') return value
  const is = value === undefined ? 'is missing' : `is ${shown(value)} but must be a string`
  throw malformed(file, `line ${line}, field '${field}': ${is}`)
}
