import { XlingError } from '../../binding/errors.js'
import { formatOf } from '../../data/file-format.js'
import { readExamples } from '../../data/read-examples.js'
import { resolveFiles } from '../../data/source.js'
import { tables } from '../../data/sources/tables.js'

const kinds = ['triplet', 'pair', 'completion', 'scored-pair', 'sentence'] as const

/** Bad rows that are listed; all are counted. */
const mostListed = 10

/** @throws XlingError what reading the data does, but for bad rows and columns of no schema */
export async function inspectData(path: string, signal?: AbortSignal) {
  const files = await resolveFiles(path, signal ? { signal } : {})
  const format = formatOf('inspect', files)
  const columns = new Set<string>()
  let [rows, first] = [0, undefined as Readonly<Record<string, unknown>> | undefined]
  for (const file of files)
    for await (const row of tables[format](file, (_, found) => {
      for (const column of found) columns.add(column)
      return found
    })) {
      rows += 1
      if ('values' in row) first ??= row.values
    }
  const counted = { kind: 'data' as const, path, files: files.length, format, rows, columns: [...columns], first }
  return { ...counted, ...(await understood(path, signal)) }
}

/** What the rows are to xling. */
async function understood(path: string, signal?: AbortSignal) {
  try {
    const source = { path, skipBadRows: true }
    const { schema, examples, skipped } = await readExamples(source, { kinds, where: 'inspect', signal })
    const listed = skipped.slice(0, mostListed).map(({ file, row, problem }) => `${file}: row ${row}: ${problem}`)
    return { schema, examples: examples.length, badRows: skipped.length, ...(listed.length > 0 && { bad: listed }) }
  } catch (error) {
    if (!(error instanceof XlingError && ['ERR_MALFORMED_FILE', 'ERR_NO_DATA'].includes(error.code))) throw error
    return { schema: 'none', why: error.message }
  }
}
