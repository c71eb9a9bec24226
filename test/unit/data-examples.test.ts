// From data sources to examples: files, choosing rows, bad rows.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { permutation } from '#xling/data/shuffle'
import { type DataSource, type FileSource, resolveFiles } from '#xling/data/source'
import { throws } from '../boundary/throws.js'
import { examplesOf, file, read, textsOf, where, written } from './data/written.js'

const misuses: [what: string, source: unknown, code: 'ERR_INVALID_ARGUMENT' | 'ERR_UNKNOWN_OPTION', message: string][] =
  [
    ['a number', 7, 'ERR_INVALID_ARGUMENT', 'train: data is 7 but must be a path'],
    ['nothing', undefined, 'ERR_INVALID_ARGUMENT', 'train: data is undefined'],
    ['no path', {}, 'ERR_INVALID_ARGUMENT', 'path is undefined but must be'],
    ['an empty path', '', 'ERR_INVALID_ARGUMENT', "path is '' but must be"],
    ['an option that is none', { path: 'a.csv', limits: 1 }, 'ERR_UNKNOWN_OPTION', "'limits'; did you mean 'limit'?"],
    ['a format', { path: 'a', format: 'xml' }, 'ERR_INVALID_ARGUMENT', 'format is "xml" but must be one of \'csv\''],
    [
      'a schema',
      { path: 'a.csv', schema: 'triplet' },
      'ERR_INVALID_ARGUMENT',
      "no schema 'triplet'; did you mean 'triplets'?",
    ],
    ['an inherited schema', { path: 'a.csv', schema: 'toString' }, 'ERR_INVALID_ARGUMENT', "no schema 'toString'"],
    ['columns', { path: 'a.csv', columns: { text: 1 } }, 'ERR_INVALID_ARGUMENT', 'columns is {"text":1} but must give'],
    [
      'a column',
      { path: 'a.csv', columns: { txt: 'a' } },
      'ERR_UNKNOWN_OPTION',
      "a column 'txt'; did you mean 'text'?",
    ],
    ['where', { path: 'a.csv', where: 'x' }, 'ERR_INVALID_ARGUMENT', "where is 'x' but must give"],
    ['where: null', { path: 'a.csv', where: { a: null } }, 'ERR_INVALID_ARGUMENT', 'where: a is null but must be'],
    ['where: none', { path: 'a.csv', where: { a: [] } }, 'ERR_INVALID_ARGUMENT', 'where: a is [] but must be'],
    ['where: NaN', { path: 'a.csv', where: { a: Number.NaN } }, 'ERR_INVALID_ARGUMENT', 'where: a is NaN but must be'],
    ['limit', { path: 'a.csv', limit: 0 }, 'ERR_INVALID_ARGUMENT', 'limit is 0 but must be'],
    ['offset', { path: 'a.csv', offset: -1 }, 'ERR_INVALID_ARGUMENT', 'offset is -1 but must be'],
    ['shuffleSeed', { path: 'a.csv', shuffleSeed: 0.5 }, 'ERR_INVALID_ARGUMENT', 'seed is 0.5 but must be'],
    ['skipBadRows', { path: 'a.csv', skipBadRows: 1 }, 'ERR_INVALID_ARGUMENT', 'skipBadRows is 1 but must be'],
    [
      'an ending',
      { path: fileURLToPath(import.meta.url) },
      'ERR_INVALID_ARGUMENT',
      'tells no format; give format as one of csv',
    ],
  ]

for (const [what, source, code, message] of misuses)
  test(`misuse: ${what}`, async () => {
    await throws(() => read(source as DataSource), code, message)
    await throws(() => read(source as DataSource), code, where)
  })

test('files are those of a path or a glob, sorted', async t => {
  const folder = written(t, { 'b.csv': '', 'a.csv': '', 'c/d.csv': '', '[ab].csv': '', 'e.tsv': '' })
  const found = async (path: string) =>
    (await resolveFiles(join(folder, path))).map(file => file.slice(folder.length + 1))
  assert.deepEqual(await found('b.csv'), ['b.csv'])
  assert.deepEqual(await found('?.csv'), ['a.csv', 'b.csv'])
  assert.deepEqual(await found('**/*.csv'), ['[ab].csv', 'a.csv', 'b.csv', 'c/d.csv'])
  // A path that exists is none.
  assert.deepEqual(await found('[ab].csv'), ['[ab].csv'])
  assert.deepEqual(await resolveFiles([{ text: 'a' }]), [])
  await throws(() => found('z.csv'), 'ERR_FILE_NOT_FOUND', `there is no file ${join(folder, 'z.csv')}`)
  await throws(() => found('z*.csv'), 'ERR_FILE_NOT_FOUND', `no file matches ${join(folder, 'z*.csv')}`)
  await throws(() => found('c'), 'ERR_INVALID_ARGUMENT', `${join(folder, 'c')} is a folder`)
  await throws(
    () => read(join(folder, '{a.csv,e.tsv}')),
    'ERR_INVALID_ARGUMENT',
    `a.csv is csv and ${join(folder, 'e.tsv')} is tsv`,
  )
})

const badRows: [what: string, name: string, content: string, line: number, problem: string][] = [
  ['blank text', 'a.csv', 'text\na\n" "\nc\n', 3, "column 'text' is blank"],
  [
    'a field too few',
    'a.csv',
    'text,more\na,1\nb\nc,1\n',
    3,
    'the row that ends here has 1 fields, but there are 2 columns',
  ],
  ['a field too many', 'a.tsv', 'text\tmore\na\t1\nb\t1\t2\nc\t3\n', 3, 'the row that ends here has 3 fields'],
  ['a key that is missing', 'a.jsonl', '{"text":"a"}\n\n{"txt":"b"}\n{"text":"c"}\n', 3, "column 'text' is missing"],
  ['null', 'a.jsonl', '{"text":"a"}\n{"text":null}\n{"text":"c"}\n', 2, "column 'text' is missing"],
  [
    'a list',
    'a.jsonl',
    '{"text":"a"}\n{"text":["b"]}\n{"text":"c"}\n',
    2,
    `column 'text' is ["b"] but must be a string or a number`,
  ],
  ['half an object', 'a.jsonl', '{"text":"a"}\n{"text":\n{"text":"c"}\n', 2, 'is not JSON: '],
  ['no object', 'a.ndjson', '{"text":"a"}\n["b"]\n{"text":"c"}\n', 2, 'is no JSON object'],
]

for (const [what, name, content, line, problem] of badRows)
  test(`a bad row: ${what}`, async t => {
    const path = file(t, name, content)
    await throws(() => read(path), 'ERR_MALFORMED_FILE', `${path}: row 1 (line ${line}): ${problem}`)
    const { examples, skipped } = await read({ path, skipBadRows: true })
    assert.deepEqual(examples, [
      { kind: 'sentence', key: 0, text: 'a' },
      { kind: 'sentence', key: 2, text: 'c' },
    ])
    const [bad, ...more] = skipped
    assert.deepEqual([bad?.file, bad?.row, more], [path, 1, []])
    assert.ok(bad?.problem.startsWith(problem), bad?.problem)
  })

test('bad rows at hand are named by what they are for', async () => {
  const refuse = (rows: unknown[], message: string) =>
    throws(() => read(rows as object[]), 'ERR_MALFORMED_FILE', message)
  await refuse([{ text: 'a' }, { text: '' }], "train: data: row 1: column 'text' is blank")
  await refuse([{ text: 'a' }, 'b'], "train: data: row 1: is 'b' but must be an object by column")
  await refuse(['b'], "train: data: row 0: is 'b' but must be an object by column")
  await refuse([{ text: Symbol.iterator }], 'but must be a string or a number')
  for (const score of ['', 'x', '0x10', 'Infinity', Number.NaN])
    await refuse([{ sentence1: 'a', sentence2: 'b', score }], `column 'score' is '${score}' but must be a number`)
})

test('numbers and the like are text where text is wanted', async () => {
  const rows = [{ text: 5 }, { text: true }, { text: 7n }]
  assert.deepEqual(textsOf(await examplesOf(rows)), ['5', 'true', '7'])
  async function* late() {
    yield* rows
  }
  assert.deepEqual(textsOf(await examplesOf(late())), ['5', 'true', '7'])
})

test('TSV: quotes are characters, and lines end at line breaks', async t => {
  const path = file(t, 'a.tsv', '\ufefflang\ttext\r\nhau\t"a, b\r\nyor\tc" ""d\r\n')
  assert.deepEqual(textsOf(await examplesOf(path)), ['"a, b', 'c" ""d'])
  const named = file(t, 'a.txt', 'text\ta\n"\tb\n')
  assert.deepEqual(textsOf(await examplesOf({ path: named, format: 'tsv' })), ['"'])
})

test('JSONL: lines of any length up to 16 MiB, in UTF-8', async t => {
  // Pieces of the stream are 64 KiB: every byte of the row meets a border once.
  const row = '{"text":"नमस्ते 👩"}\r\n'
  for (let shift = 0; shift < Buffer.byteLength(row); shift++) {
    const lines = `\ufeff${JSON.stringify({ text: 'x'.repeat(2 ** 16 - 20 - shift) })}\n${row}`
    assert.equal(textsOf(await examplesOf(file(t, 'a.jsonl', lines)))[1], 'नमस्ते 👩')
  }
  const long = (length: number) => `{"text":"a"}\n${JSON.stringify({ text: 'x'.repeat(length - 11) })}`
  assert.equal(textsOf(await examplesOf(file(t, 'a.jsonl', long(2 ** 24))))[1]?.length, 2 ** 24 - 11)
  const two = JSON.stringify({ text: 'x'.repeat(9 * 2 ** 20) })
  assert.equal((await examplesOf(file(t, 'a.jsonl', `${two}\n${two}`))).length, 2)
  const over = file(t, 'a.jsonl', long(2 ** 24 + 1))
  await throws(() => read(over), 'ERR_MALFORMED_FILE', `${over}: line 2 is over 16 MiB`)
  await throws(() => read({ path: over, skipBadRows: true }), 'ERR_MALFORMED_FILE', 'line 2 is over 16 MiB')
  const latin = file(t, 'a.jsonl', Buffer.from('{"text":"a"}\n{"text":"é"}\n', 'latin1'))
  await throws(() => read(latin), 'ERR_MALFORMED_FILE', `${latin}: row 1 (line 2): is not UTF-8`)
  const names = file(t, 'a.jsonl', '{"__proto__":"a","text":"b"}\n{"text":"c"}\n')
  assert.deepEqual(textsOf(await examplesOf({ path: names, columns: { text: '__proto__' }, skipBadRows: true })), ['a'])
  const none = join(written(t, {}), 'none.jsonl')
  await throws(() => read({ path: `${none.slice(0, -10)}*.jsonl` }), 'ERR_FILE_NOT_FOUND', 'no file matches')
})

test('where, shuffleSeed, offset and limit choose rows; keys are those of all', async t => {
  const lines = Array.from(
    { length: 20 },
    (_, i) => `t${i},${i % 2},${['hau', 'yor', 'ibo', ''][i % 4]},${i % 3 === 0 ? 'True' : 'false'}`,
  )
  const path = file(t, 'a.csv', `text,odd,lang,third\n${lines.join('\n')}\n`)
  const keys = async (options: Omit<FileSource, 'path'>) =>
    (await examplesOf({ path, ...options })).map(({ key }) => key)
  const those = (is: (i: number) => boolean) => lines.flatMap((_, i) => (is(i) ? [i] : []))
  assert.deepEqual(
    await keys({}),
    those(() => true),
  )
  for (const odd of [1, '1', [1], ['1', 7]])
    assert.deepEqual(
      await keys({ where: { odd } }),
      those(i => i % 2 === 1),
    )
  assert.deepEqual(
    await keys({ where: { lang: ['hau', 'ibo'] } }),
    those(i => i % 2 === 0),
  )
  assert.deepEqual(
    await keys({ where: { lang: '' } }),
    those(i => i % 4 === 3),
  )
  assert.deepEqual(
    await keys({ where: { third: true, odd: 0 } }),
    those(i => i % 6 === 0),
  )
  assert.deepEqual(await keys({ where: { odd: 1 }, offset: 2, limit: 3 }), [5, 7, 9])
  assert.deepEqual(await keys({ offset: 18, limit: 9 }), [18, 19])
  const order = [...permutation(20, 7, [0, 0])]
  assert.deepEqual(await keys({ shuffleSeed: 7 }), order)
  assert.deepEqual(await keys({ shuffleSeed: 7, offset: 4, limit: 5 }), order.slice(4, 9))
  assert.notDeepEqual(await keys({ shuffleSeed: 8 }), order)
  // 0 is not the empty text.
  await throws(
    () => keys({ where: { lang: 0 } }),
    'ERR_NO_DATA',
    "no example is left of 20 rows: 20 are left out by 'where'",
  )
  await throws(() => keys({ offset: 20 }), 'ERR_NO_DATA', 'of 20 rows: 20 are left out by offset 20')
  await throws(
    () => keys({ where: { langs: 'hau' } }),
    'ERR_MALFORMED_FILE',
    "has no column 'langs'; did you mean 'lang'?",
  )
})

test('what stands behind the limit is not read', async t => {
  const path = file(t, 'a.csv', `text\na\nb\n${'c\n'.repeat(2 ** 16)}"`)
  assert.deepEqual(textsOf(await examplesOf({ path, limit: 2 })), ['a', 'b'])
  await throws(() => read(path), 'ERR_MALFORMED_FILE', 'a quote that nothing closes')
})

test('rows of several files are one data set of one schema', async t => {
  const folder = written(t, {
    'a.csv': 'text\na\n"\n"\nb\n',
    'b.csv': 'more,text\n1,c\n2,\n',
    'c.csv': 'text\n',
    'd.csv': 'text\nd\n',
    'e/e.csv': 'txet\ne\n',
    'f/f.csv': '',
  })
  const { examples, skipped } = await read({ path: join(folder, '*.csv'), skipBadRows: true })
  assert.deepEqual(
    examples.map(({ key }) => key),
    [0, 2, 3, 5],
  )
  assert.deepEqual(textsOf(examples), ['a', 'b', 'c', 'd'])
  assert.deepEqual(
    skipped.map(({ file, row }) => [file, row]),
    [
      [join(folder, 'a.csv'), 1],
      [join(folder, 'b.csv'), 1],
    ],
  )
  await throws(
    () => read({ path: join(folder, '**/[de].csv') }),
    'ERR_MALFORMED_FILE',
    `${join(folder, 'e/e.csv')}: has no column 'text'; did you mean 'txet'?`,
  )
  await throws(() => read(join(folder, 'f/f.csv')), 'ERR_MALFORMED_FILE', 'f.csv: is empty; its first line must name')
})

test('an empty data set is an error of its own', async t => {
  for (const source of [[], file(t, 'a.csv', 'text\n'), file(t, 'a.jsonl', '\n\n'), file(t, 'b.jsonl', '')])
    await throws(() => read(source), 'ERR_NO_DATA', 'train: data: no example is left of 0 rows')
  const path = file(t, 'a.csv', 'text\n \n')
  await throws(() => read({ path, skipBadRows: true }), 'ERR_NO_DATA', 'of 1 rows: 1 are bad')
})

test('Parquet: columns by name, where on typed values', async () => {
  const path = fileURLToPath(
    new URL('./test/golden/parquet/row-groups.parquet', import.meta.resolve('xling/package.json')),
  )
  const { schema, examples } = await read({ path, where: { language: 'yor', good: true, score: [0.5, 1.25] } })
  assert.equal(schema, 'triplets')
  assert.deepEqual(examples, [
    { kind: 'triplet', key: 4, anchor: 'Jumla ta 4 – नमस्ते', positive: 'Sentence 4', negative: 'No sentence 4' },
    { kind: 'triplet', key: 10, anchor: 'Jumla ta 10 – नमस्ते', positive: 'Sentence 10', negative: 'No sentence 10' },
  ])
  const nulls = path.replace('row-groups', 'nulls')
  await throws(() => read(nulls), 'ERR_MALFORMED_FILE', `${nulls}: row 2: column 'anchor' is missing`)
})

test('an abort rejects with its reason', async () => {
  const reason = new Error('enough')
  await assert.rejects(read([{ text: 'a' }], { signal: AbortSignal.abort(reason) }), reason)
  const controller = new AbortController()
  async function* rows() {
    yield { text: 'a' }
    controller.abort(reason)
    yield { text: 'b' }
  }
  await assert.rejects(read(rows(), { signal: controller.signal }), reason)
})
