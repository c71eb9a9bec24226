// What a BEIR folder holds, and what is refused of one.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { ErrorCode } from 'xling'
import { readRetrievalFolder } from '#xling/eval/tasks/beir/folder'
import { throws } from '../boundary/throws.js'
import { type BeirFiles, beirFolder, judgements, lines, qrelsHeader, smallBeir } from './eval/beir-folder.js'
import { fakeHub } from './hub/fake-hub.js'

async function read(data: string, split = 'test') {
  const { texts, ...folder } = await readRetrievalFolder(data, split)
  return { ...folder, texts: await all(texts()) }
}

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of iterable) items.push(item)
  return items
}

const small = {
  queries: [
    {
      id: 'q1',
      text: 'when is rain',
      judgements: new Map([
        ['d1', 1],
        ['d2', -1],
      ]),
    },
    { id: 'q3', text: 'when is it dry', judgements: new Map([['d2', 2]]) },
  ],
  documents: ['d1', 'd2'],
  texts: ['Rain falls in spring', 'a dry summer'],
  missing: 0,
  unanswerable: 0,
}

test('queries are those that are judged, and a title comes before its text', async t => {
  const data = beirFolder(t)
  assert.deepEqual(await read(data), small)
  assert.deepEqual(await read(`${data}//`), small)
})

test('a title can come first on a later line, be null, or stand alone; a text can be empty', async t => {
  const corpus = lines([
    { _id: 'd1', text: '' },
    { _id: 'd2', title: 'alone', text: '' },
    { _id: '3', title: null, text: 'x\n' },
    { text: 'further', extra: [], title: ' both', _id: ' 4 ' },
  ])
  const { documents, texts } = await read(beirFolder(t, { 'corpus.jsonl': corpus }))
  assert.deepEqual(documents, ['d1', 'd2', '3', ' 4 '])
  assert.deepEqual(texts, ['', 'alone', 'x', 'both further'])
})

test('another split has other queries; columns may be more and in another order', async t => {
  const data = beirFolder(t, { 'qrels/dev.tsv': 'score\tby\tcorpus-id\tquery-id\r\n+1\tme\td2\tq1\r\n' })
  const { queries } = await read(data, 'dev')
  assert.deepEqual(queries, [{ id: 'q1', text: 'when is rain', judgements: new Map([['d2', 1]]) }])
})

test('relevant documents that the corpus lacks are counted, and queries with none', async t => {
  const data = beirFolder(t, {
    'queries.jsonl': lines(['q1', 'q2', 'q3', 'q4'].map(_id => ({ _id, text: _id }))),
    'qrels/test.tsv': judgements([
      ['q1', 'd1', 1],
      ['q1', 'nowhere', 1],
      ['q2', 'nowhere', 3],
      ['q2', 'd1', 0],
      ['q3', 'd1', 0],
      ['q4', 'd2', 1],
      ['q4', 'irrelevant', 0],
    ]),
  })
  const { missing, unanswerable, queries } = await read(data)
  assert.deepEqual([missing, unanswerable, queries.length], [2, 2, 4])
})

const refused: [what: string, files: BeirFiles, code: ErrorCode, message: string][] = [
  ...['corpus.jsonl', 'queries.jsonl', 'qrels/test.tsv'].map(
    name =>
      [`no ${name}`, { [name]: undefined }, 'ERR_FILE_NOT_FOUND', name] satisfies [
        string,
        BeirFiles,
        ErrorCode,
        string,
      ],
  ),
  [
    'a corpus line that is no JSON',
    { 'corpus.jsonl': `${smallBeir['corpus.jsonl']}{"_id": ` },
    'ERR_MALFORMED_FILE',
    'corpus.jsonl: line 3: is not JSON',
  ],
  [
    'a corpus line that is a list',
    { 'corpus.jsonl': '["_id"]\n' },
    'ERR_MALFORMED_FILE',
    'corpus.jsonl: line 1: is no',
  ],
  [
    'documents without _id',
    { 'corpus.jsonl': lines([{ id: 'd1', text: '' }]) },
    'ERR_MALFORMED_FILE',
    "corpus.jsonl: has no column '_id'; did you mean 'id'",
  ],
  [
    'a later document without text',
    { 'corpus.jsonl': `${smallBeir['corpus.jsonl']}\n{"_id": "d3"}\n` },
    'ERR_MALFORMED_FILE',
    "corpus.jsonl: line 4, field 'text': is missing",
  ],
  [
    'a document with a number for its id',
    { 'corpus.jsonl': lines([{ _id: 1, text: '' }]) },
    'ERR_MALFORMED_FILE',
    "corpus.jsonl: line 1, field '_id': is 1 but must be a string",
  ],
  [
    'an empty id',
    { 'corpus.jsonl': lines([{ _id: '', text: '' }]) },
    'ERR_MALFORMED_FILE',
    "corpus.jsonl: line 1, field '_id': is empty",
  ],
  [
    'a title that is a list',
    { 'corpus.jsonl': lines([{ _id: 'd1', text: '', title: ['x'] }]) },
    'ERR_MALFORMED_FILE',
    `corpus.jsonl: line 1, field 'title': is ["x"] but must be a string`,
  ],
  [
    'a document twice',
    { 'corpus.jsonl': `${smallBeir['corpus.jsonl']}{"_id": "d1", "text": "again"}` },
    'ERR_MALFORMED_FILE',
    "corpus.jsonl: line 3, field '_id': 'd1' stands there twice",
  ],
  [
    'a query twice, of which no split has anything',
    { 'queries.jsonl': `${smallBeir['queries.jsonl']}{"_id": "q2", "text": "again"}` },
    'ERR_MALFORMED_FILE',
    "queries.jsonl: line 4, field '_id': 'q2' stands there twice",
  ],
  [
    'a judged query whose text is a number',
    { 'qrels/test.tsv': judgements([['q2', 'd1', 1]]) },
    'ERR_MALFORMED_FILE',
    "queries.jsonl: line 2, field 'text': is 7 but must be a string",
  ],
  [
    'a blank query',
    { 'queries.jsonl': lines([{ _id: 'q1', text: ' ' }]) },
    'ERR_MALFORMED_FILE',
    "queries.jsonl: line 1, field 'text': the query is blank",
  ],
  [
    'judgements for a query that is not there',
    { 'qrels/test.tsv': judgements([['q4', 'd1', 1]]) },
    'ERR_MALFORMED_FILE',
    "qrels/test.tsv: judges documents for query 'q4', which",
  ],
  [
    'an empty qrels file',
    { 'qrels/test.tsv': '' },
    'ERR_MALFORMED_FILE',
    'test.tsv: is empty; its first line must name',
  ],
  ['a qrels file of a header', { 'qrels/test.tsv': qrelsHeader }, 'ERR_NO_DATA', 'test.tsv judges no document'],
  [
    "TREC's qrels",
    { 'qrels/test.tsv': 'q1 0 d1 1\nq3 0 d2 1\n' },
    'ERR_MALFORMED_FILE',
    'its first line must be query-id, corpus-id, score with tabs between them, but is q1 0 d1 1; a TREC file',
  ],
  [
    'a misspelt column',
    { 'qrels/test.tsv': 'query-id\tcorpus-di\tscore\nq1\td1\t1\n' },
    'ERR_MALFORMED_FILE',
    "test.tsv: has no column 'corpus-id'; did you mean 'corpus-di'",
  ],
  [
    'a judgement without a score',
    { 'qrels/test.tsv': `${qrelsHeader}q1\td1\n` },
    'ERR_MALFORMED_FILE',
    'test.tsv: line 2: the row that ends here has 2 fields',
  ],
  ...['1.5', '', 'high', '1e1', '0x1', '1234567890'].map(
    score =>
      [
        `the score '${score}'`,
        { 'qrels/test.tsv': `${qrelsHeader}q1\td1\t1\nq1\td2\t${score}\n` },
        'ERR_MALFORMED_FILE',
        `test.tsv: line 3, column score: is '${score}' but must be a whole number`,
      ] satisfies [string, BeirFiles, ErrorCode, string],
  ),
  [
    'a judgement of no query',
    { 'qrels/test.tsv': `${qrelsHeader}\td1\t1\n` },
    'ERR_MALFORMED_FILE',
    'test.tsv: line 2, column query-id: is empty',
  ],
  [
    'a judgement of no document',
    { 'qrels/test.tsv': `${qrelsHeader}q1\t\t1\n` },
    'ERR_MALFORMED_FILE',
    'test.tsv: line 2, column corpus-id: is empty',
  ],
  [
    'a judgement twice',
    {
      'qrels/test.tsv': judgements([
        ['q1', 'd1', 1],
        ['q3', 'd1', 1],
        ['q1', 'd1', 1],
      ]),
    },
    'ERR_MALFORMED_FILE',
    "test.tsv: line 4, column corpus-id: 'd1' is judged for 'q1' twice",
  ],
  [
    "another folder's corpus",
    { 'corpus.jsonl': lines([{ _id: 'x', text: '' }]) },
    'ERR_NO_DATA',
    'corpus.jsonl relevant; give files that belong together',
  ],
  ['an empty corpus', { 'corpus.jsonl': '' }, 'ERR_NO_DATA', 'corpus.jsonl relevant'],
  [
    'nothing relevant',
    { 'qrels/test.tsv': judgements([['q1', 'd1', 0]]) },
    'ERR_NO_DATA',
    'test.tsv judges no document of',
  ],
]

for (const [what, files, code, message] of refused)
  test(`a folder with ${what} is refused`, async t => {
    await throws(() => readRetrievalFolder(beirFolder(t, files), 'test'), code, message)
  })

test('a glob of several folders is refused, and a split that is not there', async t => {
  const data = beirFolder(t, { 'qrels/test.tsv': smallBeir['qrels/test.tsv'], 'qrels/test2.tsv': '' })
  await throws(
    () => readRetrievalFolder(`${data}/qr*/..`, 'test*'),
    'ERR_INVALID_ARGUMENT',
    'stands for 2 folders with qrels/test*.tsv; name one',
  )
  await throws(() => readRetrievalFolder(data, 'tset'), 'ERR_FILE_NOT_FOUND', join(data, 'qrels', 'tset.tsv'))
})

test('a corpus that changes after it was checked is refused', async t => {
  const changes: [content: string, texts: number][] = [
    [lines([{ _id: 'd1', text: '' }]), 1],
    [lines(['d1', 'd2', 'd3'].map(_id => ({ _id, text: '' }))), 2],
    [lines(['d2', 'd1'].map(_id => ({ _id, text: '' }))), 0],
  ]
  for (const [content, texts] of changes) {
    const data = beirFolder(t)
    const folder = await readRetrievalFolder(data, 'test')
    writeFileSync(join(data, 'corpus.jsonl'), content)
    const got: string[] = []
    const again = async () => {
      for await (const text of folder.texts()) got.push(text)
    }
    await throws(again, 'ERR_MALFORMED_FILE', 'corpus.jsonl: was changed while it was in use')
    assert.equal(got.length, texts)
  }
})

test('a folder on the hub is fetched', async t => {
  const files = Object.fromEntries(
    Object.entries(smallBeir).map(([name, text]) => [`scifact/${name}`, Buffer.from(text)]),
  )
  const hub = await hubWith(t, files)
  assert.deepEqual(await read(`hf://datasets/${hub.id}/scifact`), small)
})

const hubWith = (t: TestContext, files: Record<string, Buffer>) => fakeHub(t, files, 'dataset')

test('an abort rejects with its reason', async t => {
  const data = beirFolder(t)
  const reason = new Error('enough')
  await assert.rejects(readRetrievalFolder(data, 'test', AbortSignal.abort(reason)), reason)
  const controller = new AbortController()
  const { texts } = await readRetrievalFolder(data, 'test', controller.signal)
  controller.abort(reason)
  await assert.rejects(texts().next(), reason)
})
