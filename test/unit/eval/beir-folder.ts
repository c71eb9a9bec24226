// Folders as BEIR lays them out.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { emptyFolder } from '../hub/fake-hub.js'

export const qrelsHeader = 'query-id\tcorpus-id\tscore\n'

/** Files by path; undefined leaves one out. */
export type BeirFiles = Readonly<Record<string, string | undefined>>

/** Two queries of three, and two documents. */
export const smallBeir = {
  'corpus.jsonl': [
    '{"_id": "d1", "title": "Rain", "text": "falls in spring"}',
    '{"_id": "d2", "text": " a dry summer "}',
    '',
  ].join('\n'),
  'queries.jsonl': [
    '{"_id": "q1", "text": "when is rain"}',
    '{"_id": "q2", "text": 7, "metadata": {"no": "split has it"}}',
    '{"_id": "q3", "text": "when is it dry"}',
    '',
  ].join('\n'),
  'qrels/test.tsv': `${qrelsHeader}q3\td2\t2\nq1\td1\t1\nq1\td2\t-1\n`,
} satisfies BeirFiles

export function beirFolder(t: TestContext, files: BeirFiles = {}): string {
  const folder = emptyFolder(t)
  mkdirSync(join(folder, 'qrels'))
  for (const [name, content] of Object.entries({ ...smallBeir, ...files }))
    if (content !== undefined) writeFileSync(join(folder, name), content)
  return folder
}

export const lines = (objects: readonly object[]): string => objects.map(one => `${JSON.stringify(one)}\n`).join('')

export const judgements = (rows: readonly (readonly [query: string, document: string, score: number])[]): string =>
  qrelsHeader + rows.map(row => `${row.join('\t')}\n`).join('')
