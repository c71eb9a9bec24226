// Which schema a row has, and what example that makes of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Example } from '#xling/data/example'
import { formats } from '#xling/data/formats/index'
import { readExamples } from '#xling/data/read-examples'
import type { DataSource, FileSource } from '#xling/data/source'
import { throws } from '../boundary/throws.js'
import { every, examplesOf, file, read, where } from './data/written.js'

const key = 0
const schemas: [id: string, row: object, example: Example][] = [
  [
    'triplets',
    { anchor: 'a', positive: 'b', negative: 'c' },
    { kind: 'triplet', key, anchor: 'a', positive: 'b', negative: 'c' },
  ],
  [
    'triplets',
    { sent0: 'a', sent1: 'b', hard_neg: 'c' },
    { kind: 'triplet', key, anchor: 'a', positive: 'b', negative: 'c' },
  ],
  [
    'nli',
    { premise: 'a', hypothesis: 'b', label: 2 },
    { kind: 'pair', key, task: 'negative', anchor: 'a', target: 'b' },
  ],
  ['entailments', { sent0: 'a', sent1: 'b' }, { kind: 'pair', key, task: 'positive', anchor: 'a', target: 'b' }],
  ['contradictions', { sent0: 'a', hard_neg: 'b' }, { kind: 'pair', key, task: 'negative', anchor: 'a', target: 'b' }],
  ['prompt-completion', { prompt: 'a', completion: 'b' }, { kind: 'completion', key, prompt: 'a', completion: 'b' }],
  ['inputs-targets', { inputs: 'a', targets: 'b' }, { kind: 'completion', key, prompt: 'a', completion: 'b' }],
  [
    'scored-pairs',
    { sentence1: 'a', sentence2: 'b', score: '2.5' },
    { kind: 'scored-pair', key, first: 'a', second: 'b', score: 2.5 },
  ],
  ['sentences', { sentence: ' a ', text: 'b' }, { kind: 'sentence', key, text: ' a ' }],
  ['sentences', { text: 'b', more: {} }, { kind: 'sentence', key, text: 'b' }],
]

for (const [id, row, example] of schemas)
  test(`the schema of ${Object.keys(row).join(', ')}`, async t => {
    assert.deepEqual(await read([row]), { schema: id, examples: [example], skipped: [] })
    const lines = JSON.stringify(row)
    assert.deepEqual(await read(file(t, 'a.jsonl', lines)), { schema: id, examples: [example], skipped: [] })
  })

test('every schema is tried above', () => {
  assert.deepEqual([...new Set(schemas.map(([id]) => id))], Object.keys(formats))
})

test('what is wanted decides which schema columns are', async () => {
  const rows = [{ sent0: 'a', sent1: 'b', hard_neg: 'c', text: 'd' }]
  const schemaFor = async (options: Parameters<typeof read>[1]) => (await read(rows, options)).schema
  assert.equal(await schemaFor({}), 'triplets')
  assert.equal(await schemaFor({ kinds: ['pair'] }), 'entailments')
  assert.equal(await schemaFor({ kinds: ['pair'], task: 'negative' }), 'contradictions')
  assert.equal(await schemaFor({ kinds: ['sentence'] }), 'sentences')
})

test('columns of no schema are listed, with what is needed and what may be meant', async t => {
  const refuse = (source: DataSource, message: string, kinds: readonly Example['kind'][] = every) =>
    throws(() => read(source, { kinds }), 'ERR_MALFORMED_FILE', message)
  const path = file(t, 'a.csv', 'premise,hypothesis,lable\na,b,0\n')
  await refuse(
    path,
    `${path}: has the columns premise, hypothesis, lable, which are of no schema that train: data can take`,
  )
  await refuse(path, 'nli needs premise, hypothesis, label;', ['pair'])
  await refuse(path, "is 'lable' meant to be 'label'?")
  await refuse(path, 'by the option columns', ['sentence'])
  // Of the schema that lacks least, whatever is tried before.
  await refuse([{ anchr: 'a', sentence1: 'b', sentence2: 'c', scor: 1 }], "is 'scor' meant to be 'score'?")
  await refuse([{}], 'train: data: has the columns (none)')
  await refuse({ path, columns: { label: 'lables' } }, "is 'lable' meant to be 'lables'?")
  assert.equal((await read({ path, columns: { label: 'lable' } })).schema, 'nli')
  // A column that is renamed is meant to be read, also where another schema can do without.
  const both = file(t, 'b.csv', 'sent0,sent1,hard_neg\na,b,c\n')
  await refuse({ path: both, columns: { anchor: 'src' } }, '(triplets needs src, positive, negative)')
})

test('a schema or a task that is not wanted is refused by both names', async () => {
  const refuse = (source: Partial<FileSource>, options: Parameters<typeof read>[1], message: string) =>
    throws(() => read({ path: 'none.csv', ...source }, options), 'ERR_INVALID_ARGUMENT', message)
  await refuse(
    { schema: 'sentences' },
    { kinds: ['pair', 'triplet'] },
    "'sentences' gives examples of kind 'sentence', but pair or triplet is wanted",
  )
  await refuse(
    { schema: 'contradictions' },
    { task: 'positive' },
    "'contradictions' gives negative pairs, but positive ones are wanted",
  )
  await throws(
    () => read([{ sent0: 'a', hard_neg: 'b' }], { kinds: ['pair'], task: 'positive' }),
    'ERR_INVALID_ARGUMENT',
    "schema 'contradictions' gives negative pairs, but positive ones are wanted",
  )
})

const labels: [label: unknown, task: string | undefined][] = [
  [0, 'positive'],
  ['0', 'positive'],
  ['Entailment', 'positive'],
  [1, undefined],
  ['neutral', undefined],
  [2n, 'negative'],
  ['contradiction', 'negative'],
  [-1, undefined],
  ['-', undefined],
]

test('labels of inference say what a pair is', async () => {
  const rows = labels.map(([label], i) => ({ premise: `p${i}`, hypothesis: `h${i}`, label }))
  const tasks = async (options = {}) =>
    (await readExamples(rows, { kinds: ['pair'], where, ...options })).examples.map(({ key, task }) => [key, task])
  const given = labels.map(([, task], i) => [i, task] as const)
  assert.deepEqual(
    await tasks(),
    given.filter(([, task]) => task),
  )
  for (const wanted of ['positive', 'negative'])
    assert.deepEqual(
      await tasks({ task: wanted }),
      given.filter(([, task]) => task === wanted),
    )
  // What holds no pair that is wanted is not looked at.
  const blank = { premise: '', hypothesis: '', label: 2 }
  assert.equal((await examplesOf([...rows, blank], { task: 'positive' })).length, 3)
  for (const label of [3, 'maybe', '', 'toString'])
    await throws(
      () => read([{ premise: 'p', hypothesis: 'h', label }]),
      'ERR_MALFORMED_FILE',
      `row 0: column 'label' is '${label}' but must be one of 0, 1, 2, entailment`,
    )
  await throws(() => read([{ ...blank, label: 1 }]), 'ERR_NO_DATA', 'no example is left of 1 rows: 1 hold no pair')
})
