// What people found of documents: a BEIR folder's qrels/<split>.tsv.
import { XlingError } from '../../../binding/errors.js'
import { readDelimited } from '../../../data/sources/csv.js'
import { checkColumns, malformed } from '../../../data/sources/table.js'
import { shown } from '../../../files/json-object.js'
import type { FileToRead } from './lines.js'

/** By document's id: above 0 is relevant, the higher the more. */
export type Judgements = ReadonlyMap<string, number>

const columns = ['query-id', 'corpus-id', 'score'] as const

/**
 * By query's id, in the order of the file, which has one judgement at least. Its first line names the columns.
 * @throws XlingError `ERR_MALFORMED_FILE` with line and column, `ERR_NO_DATA`; the signal's reason
 */
export async function readQrels({ file, signal }: FileToRead): Promise<ReadonlyMap<string, Judgements>> {
  const byQuery = new Map<string, Map<string, number>>()
  for await (const row of readDelimited(file, 'tsv', choose)) {
    signal?.throwIfAborted()
    if ('problem' in row) throw malformed(file, `line ${row.line}: ${row.problem}`)
    const [query, document, score] = columns.map(column => row.values[column] ?? '')
    const wrong = (column: (typeof columns)[number], problem: string) =>
      malformed(file, `line ${row.line}, column ${column}: ${problem}`)
    if (!query) throw wrong('query-id', 'is empty; give the _id of a query')
    if (!document) throw wrong('corpus-id', 'is empty; give the _id of a document')
    if (!/^[+-]?\d{1,9}$/.test(score ?? ''))
      throw wrong('score', `is ${shown(score)} but must be a whole number of 9 digits at most`)
    const judged = byQuery.get(query) ?? new Map<string, number>()
    if (judged.has(document)) throw wrong('corpus-id', `${shown(document)} is judged for ${shown(query)} twice`)
    byQuery.set(query, judged.set(document, Number(score)))
  }
  if (byQuery.size > 0) return byQuery
  throw new XlingError('ERR_NO_DATA', `${file} judges no document; give a split that does`)
}

function choose(file: string, named: readonly string[]): readonly string[] {
  if (columns.some(column => named.includes(column))) return checkColumns(file, columns, named)
  throw malformed(
    file,
    `its first line must be ${columns.join(', ')} with tabs between them, but is ${named.join(', ')}; a TREC file's lines ` +
      'are rows without their second field',
  )
}
