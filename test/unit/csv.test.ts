// CSV files: what is read of them, and what is refused.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type CsvOptions, type CsvRow, readCsv } from '#xling/data/sources/csv'
import { throws } from '../boundary/throws.js'
import { emptyFolder } from './hub/fake-hub.js'

const untyped = <T>(value: unknown) => value as T

function written(t: TestContext, content: string | Uint8Array): string {
  const file = join(emptyFolder(t), 'rows.csv')
  writeFileSync(file, content)
  return file
}

async function all(file: string, options?: CsvOptions): Promise<CsvRow[]> {
  const rows: CsvRow[] = []
  for await (const row of readCsv(file, options)) rows.push(row)
  return rows
}

const values = async (file: string, options?: CsvOptions) => (await all(file, options)).map(row => row.values)

test('misuse is refused at once', async () => {
  const call = (path: unknown, options?: object) => () => readCsv(untyped(path), options)
  for (const path of ['', undefined, 7]) await throws(call(path), 'ERR_INVALID_ARGUMENT', 'readCsv: path must be')
  await throws(call('a', { limits: 1 }), 'ERR_UNKNOWN_OPTION', "did you mean 'limit'")
  for (const header of ['a', [], [1], ['a', 'b', 'a'], null])
    await throws(call('a', { header }), 'ERR_INVALID_ARGUMENT', `header is ${JSON.stringify(header)} but must be`)
  for (const limit of [0, -1, 1.5, '2']) await throws(call('a', { limit }), 'ERR_INVALID_ARGUMENT', `limit is ${limit}`)
  for (const offset of [-1, 0.5, null])
    await throws(call('a', { offset }), 'ERR_INVALID_ARGUMENT', `offset is ${offset}`)
})

test('what is no file is refused with its path', async t => {
  const folder = emptyFolder(t)
  const file = join(folder, 'file')
  writeFileSync(file, '')
  for (const path of [join(folder, 'none.csv'), join(file, 'deeper.csv')])
    await throws(() => all(path), 'ERR_FILE_NOT_FOUND', `there is no file ${path}`)
  mkdirSync(join(folder, 'folder.csv'))
  await throws(() => all(join(folder, 'folder.csv')), 'ERR_FILE_FAILED', join(folder, 'folder.csv'))
})

const latin1 = Buffer.from('a,b\n1,2\n3,fünf\n', 'latin1')
const utf16 = Buffer.from('\ufeffa,b\n1,2\n', 'utf16le')
const cut = Buffer.from('a,b\n1,é').subarray(0, -1)

const refused: [what: string, content: string | Uint8Array, ...message: string[]][] = [
  ['nothing', '', 'rows.csv: is empty'],
  ['blank lines', '\n\r\n\n', 'rows.csv: is empty'],
  ['a byte order mark alone', '\ufeff', 'rows.csv: is empty'],
  ['a header alone', 'a,b\n', 'rows.csv: has no row below'],
  ['a row too short', 'a,b\n1,2\n3\n4,5\n', 'line 3: the row that ends here has 1 fields'],
  ['a row too long', 'a,b\n1,"2\n2"\n3,4,5', 'line 4: the row that ends here has 3 fields'],
  ['a quote left open', 'a,b\n1,2\n3,"4\n5,6\n', 'the row that begins at line 3 has a quote that nothing closes'],
  ['a row without end', `a\n"${'x'.repeat(2 ** 24 + 9)}`, 'the row that begins at line 2 is over 16 MiB'],
  ['text behind a quote', 'a,b\n1,"2"3\n', 'line 2: ', 'a quote is written twice'],
  ['a quote in plain text', 'a,b\n1,2"3"\n', 'line 2: ', 'a quote is written twice'],
  ['a name twice', 'a,b,a\n1,2,3\n', "two columns are called 'a'"],
  ['latin 1', latin1, 'is not UTF-8'],
  ['UTF-16', utf16, 'is not UTF-8'],
  ['half a character at its end', cut, 'is not UTF-8'],
]

for (const [what, content, ...message] of refused)
  test(`refused: a file with ${what}`, async t => {
    const file = written(t, content)
    for (const part of [file, ...message]) await throws(() => all(file), 'ERR_MALFORMED_FILE', part)
  })

test('a column that is not there is named with the nearest', async t => {
  const file = written(t, 'sent0,sent1\na,b\n')
  await throws(() => all(file, { columns: ['sent0', 'send1'] }), 'ERR_MALFORMED_FILE', `${file}: has no column 'send1'`)
  await throws(
    () => all(file, { columns: ['send1'] }),
    'ERR_MALFORMED_FILE',
    "did you mean 'sent1'? (it has sent0, sent1)",
  )
})

test('an offset past the end is refused', async t => {
  const file = written(t, 'a\n1\n2\n')
  for (const offset of [2, 3])
    await throws(() => all(file, { offset }), 'ERR_INVALID_ARGUMENT', `offset is ${offset}, but ${file} has 2 rows`)
})

const read: [what: string, content: string, rows: Record<string, string>[]][] = [
  [
    'line breaks, commas and quotes in quotes',
    'a,b\n"x\ny\r\nz","1,2"\n"say ""hi""",""""\n',
    [
      { a: 'x\ny\r\nz', b: '1,2' },
      { a: 'say "hi"', b: '"' },
    ],
  ],
  ['a byte order mark', '\ufeffa,b\n1,2\n', [{ a: '1', b: '2' }]],
  ['a byte order mark before a quote', '\ufeff"a",b\n1,2\n', [{ a: '1', b: '2' }]],
  [
    'CRLF and LF',
    'a,b\r\n1,2\n3,4\r\n',
    [
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ],
  ],
  [
    'CR',
    'a,b\r1,2\r3,4',
    [
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ],
  ],
  ['no line break at the end', 'a\n1\n2', [{ a: '1' }, { a: '2' }]],
  [
    'blank lines',
    '\na,b\n\n1,2\n\n\n3,4\n\n',
    [
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ],
  ],
  [
    'empty fields',
    'a,b\n,\n"",2\n',
    [
      { a: '', b: '' },
      { a: '', b: '2' },
    ],
  ],
  ['spaces, which are text', 'a,b\n 1 ,\u00a02\n', [{ a: ' 1 ', b: '\u00a02' }]],
  [
    'a name that JavaScript knows',
    '__proto__,constructor\n1,2\n',
    [
      Object.fromEntries([
        ['__proto__', '1'],
        ['constructor', '2'],
      ]),
    ],
  ],
]

for (const [what, content, rows] of read)
  test(`read: ${what}`, async t => assert.deepEqual(await values(written(t, content)), rows))

test('characters and line breaks are whole where the file is read in pieces', async t => {
  // The stream's pieces are 64 KiB: every byte of the row meets a border once.
  const row = 'é,"नमस्ते ""👩‍👩‍👧""\r\n,"\r\n'
  for (let shift = 0; shift < Buffer.byteLength(row); shift++) {
    const file = written(t, `a,b\n${'x'.repeat(2 ** 16 - 6 - shift)},\n${row}`)
    assert.deepEqual((await values(file))[1], { a: 'é', b: 'नमस्ते "👩‍👩‍👧"\r\n,' })
  }
})

test('rows keep their index under offset and limit, and only wanted columns are given', async t => {
  const file = written(t, `a,b\n${Array.from({ length: 9 }, (_, i) => `${i},${-i}`).join('\n')}\n`)
  const indices = async (options: CsvOptions) => (await all(file, options)).map(({ row, values }) => [row, values.b])
  assert.deepEqual(await indices({ offset: 7 }), [
    [7, '-7'],
    [8, '-8'],
  ])
  assert.deepEqual(await indices({ limit: 2 }), [
    [0, '0'],
    [1, '-1'],
  ])
  assert.deepEqual(await indices({ offset: 3, limit: 1 }), [[3, '-3']])
  assert.equal((await indices({ offset: 0, limit: 100 })).length, 9)
  assert.deepEqual(await values(file, { columns: ['b'], offset: 8 }), [{ b: '-8' }])
})

test('where columns are named by the caller, the first line is a row', async t => {
  const header = ['first', 'second']
  const file = written(t, '\ufeff1,"2\n2"\n\nfirst,second\n')
  assert.deepEqual(await all(file, { header }), [
    { file, row: 0, values: { first: '1', second: '2\n2' } },
    { file, row: 1, values: { first: 'first', second: 'second' } },
  ])
  assert.deepEqual(await all(file, { header, columns: ['second'], offset: 1 }), [
    { file, row: 1, values: { second: 'second' } },
  ])
  assert.equal((await all(file, { header, limit: 1 })).length, 1)
  await throws(() => all(file, { header, offset: 2 }), 'ERR_INVALID_ARGUMENT', `offset is 2, but ${file} has 2 rows`)
  await throws(() => all(file, { header, columns: ['third'] }), 'ERR_MALFORMED_FILE', "has no column 'third'")
  for (const names of [['first'], ['first', 'second', 'third']])
    await throws(
      () => all(file, { header: names, offset: 1 }),
      'ERR_MALFORMED_FILE',
      `${file}: line 2: the row that ends here has 2 fields, but there are ${names.length} columns (${names.join(', ')})`,
    )
  const uneven = written(t, '1,2\n3\n')
  await throws(() => all(uneven, { header }), 'ERR_MALFORMED_FILE', 'line 2: the row that ends here has 1 fields')
  for (const nothing of ['', '\n\n'])
    await throws(() => all(written(t, nothing), { header }), 'ERR_MALFORMED_FILE', 'rows.csv: is empty')
})

test('what stands behind the limit is not read, and leaving the loop ends the reading', async t => {
  const file = written(t, `a,b\n1,2\n${'3,4\n'.repeat(2 ** 16)}5\n`)
  assert.deepEqual(await values(file, { limit: 1 }), [{ a: '1', b: '2' }])
  for await (const { values } of readCsv(file)) {
    assert.deepEqual(values, { a: '1', b: '2' })
    break
  }
})
