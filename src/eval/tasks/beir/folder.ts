// A retrieval task as BEIR lays it out (Thakur et al. 2021): corpus.jsonl, queries.jsonl, qrels/<split>.tsv.
import { XlingError } from '../../../binding/errors.js'
import { resolveFiles } from '../../../data/source.js'
import { malformed } from '../../../data/sources/table.js'
import { shown } from '../../../files/json-object.js'
import { type FileToRead, readDocuments, readQueries } from './lines.js'
import { type Judgements, readQrels } from './qrels.js'

export interface JudgedQuery {
  readonly id: string
  readonly text: string
  readonly judgements: Judgements
}

/** All but the documents' texts, of which there can be more than memory holds. */
export interface RetrievalFolder {
  /** Those that the split judges documents for, 1 or more, in the order of queries.jsonl. */
  readonly queries: readonly JudgedQuery[]
  /** Ids in the order of the corpus, all different, 1 or more. */
  readonly documents: readonly string[]
  /** Their texts, in their order, from the file each time. */
  readonly texts: () => AsyncGenerator<string, void>
  /** Documents judged relevant, once for each query, that the corpus lacks. */
  readonly missing: number
  /** Queries of which the corpus has no relevant document. */
  readonly unanswerable: number
}

/**
 * Reads and checks all of a folder. As with pytrec_eval, a relevant document that the corpus lacks is one that is not
 * found, and a query without any is a query still; they are counted. A query that is judged must be there.
 * @param folder a path or hf://datasets/…
 * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`; `ERR_MALFORMED_FILE` with file, line and field; `ERR_NO_DATA`
 * where the split judges nothing, or no document of the corpus relevant; what fetching from the hub does; the signal's
 * reason
 */
export async function readRetrievalFolder(
  folder: string,
  split: string,
  signal?: AbortSignal,
): Promise<RetrievalFolder> {
  // All are found before one is read.
  const qrels = await fileIn(folder, `qrels/${split}.tsv`, signal)
  const asked = await fileIn(folder, 'queries.jsonl', signal)
  const corpus = await fileIn(folder, 'corpus.jsonl', signal)
  const judgements = await readQrels(qrels)
  const queries = await judgedQueries(asked, judgements, qrels.file)
  const documents = new Set<string>()
  for await (const { id } of readDocuments(corpus)) documents.add(id)
  const lacking = lackingOf(queries, documents)
  if (lacking.unanswerable === queries.length)
    throw new XlingError(
      'ERR_NO_DATA',
      `${qrels.file} judges no document of ${corpus.file} relevant; give files that belong together`,
    )
  const ids = [...documents]
  return { queries, documents: ids, texts: () => textsAgain(corpus, ids), ...lacking }
}

/** What is on the hub is fetched by this. */
async function fileIn(folder: string, name: string, signal: AbortSignal | undefined): Promise<FileToRead> {
  const files = await resolveFiles(`${folder.replace(/\/+$/, '')}/${name}`, signal ? { signal } : {})
  const [file] = files
  if (file !== undefined && files.length === 1) return { file, signal }
  throw new XlingError('ERR_INVALID_ARGUMENT', `${folder} stands for ${files.length} folders with ${name}; name one`)
}

async function judgedQueries(
  read: FileToRead,
  judgements: ReadonlyMap<string, Judgements>,
  qrels: string,
): Promise<JudgedQuery[]> {
  const queries: JudgedQuery[] = []
  for await (const { id, text } of readQueries(read, id => judgements.has(id)))
    queries.push({ id, text, judgements: judgements.get(id) ?? new Map() })
  if (queries.length === judgements.size) return queries
  const there = new Set(queries.map(({ id }) => id))
  const unknown = [...judgements.keys()].find(id => !there.has(id))
  throw malformed(qrels, `judges documents for query ${shown(unknown)}, which ${read.file} lacks`)
}

async function* textsAgain(read: FileToRead, ids: readonly string[]): AsyncGenerator<string, void> {
  const changed = () => malformed(read.file, 'was changed while it was in use; leave it as it is')
  let at = 0
  for await (const { id, text } of readDocuments(read)) {
    if (id !== ids[at++]) throw changed()
    yield text
  }
  if (at !== ids.length) throw changed()
}

function lackingOf(queries: readonly JudgedQuery[], documents: ReadonlySet<string>) {
  let [missing, unanswerable] = [0, 0]
  for (const { judgements } of queries) {
    const relevant = [...judgements].filter(([, score]) => score > 0)
    const absent = relevant.filter(([id]) => !documents.has(id)).length
    missing += absent
    if (absent === relevant.length) unanswerable++
  }
  return { missing, unanswerable }
}
