// Parquet files: what is read of them, and what is refused.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type FileMetaData, parquetMetadata } from 'hyparquet'
import { XlingError } from 'xling'
import { philox } from '#xling/data/philox'
import { readParquet } from '#xling/data/sources/parquet'
import { checkRowGroups } from '#xling/data/sources/parquet-row-groups'
import type { ChooseColumns } from '#xling/data/sources/table'
import { throws } from '../boundary/throws.js'
import { emptyFolder } from './hub/fake-hub.js'

const folder = fileURLToPath(new URL('./test/golden/parquet/', import.meta.resolve('xling/package.json')))
const golden = (name: string) => join(folder, `${name}.parquet`)

const single = ['anchor', 'positive', 'negative', 'language', 'id', 'score', 'good']
const columns = [...single, 'tags', 'meta']

async function all(
  file: string,
  choose: ChooseColumns = (_, columns) => columns.filter(name => single.includes(name)),
) {
  const rows: Readonly<Record<string, unknown>>[] = []
  for await (const { values } of readParquet(file, choose)) rows.push(values)
  return rows
}

// What make.py writes.
const expected = Array.from({ length: 40 }, (_, i) => ({
  anchor: `Jumla ta ${i} – नमस्ते`,
  positive: `Sentence ${i}`,
  negative: `No sentence ${i}`,
  language: ['hau', 'yor', 'ibo'][i % 3],
  // Not exact as a number.
  id: i === 0 ? 2n ** 53n + 1n : i,
  score: i / 8,
  good: i % 2 === 0,
}))

function written(t: TestContext, bytes: Uint8Array): string {
  const file = join(emptyFolder(t), 'rows.parquet')
  writeFileSync(file, bytes)
  return file
}

for (const name of 'plain dictionary runs snappy gzip zstd brotli lz4 pages-v2 deltas row-groups many-pages'.split(' '))
  test(`read: ${name}`, async () => assert.deepEqual(await all(golden(name)), expected))

test('nulls, and columns of which some are chosen', async () => {
  const rows = await all(golden('nulls'), (file, found) => {
    assert.equal(file, golden('nulls'))
    assert.deepEqual(found, columns)
    return ['score', 'anchor']
  })
  assert.deepEqual(
    rows,
    expected.map(({ score }, i) => ({ score, anchor: i % 5 === 2 ? null : `Jumla ta ${i}` })),
  )
})

test('a file of no rows has columns', async () => {
  assert.deepEqual(await all(golden('empty')), [])
  await assert.rejects(
    all(golden('empty'), (_, found) => {
      throw new Error(found.join())
    }),
    { message: columns.join() },
  )
})

test('a row group is read when its first row is asked for', async t => {
  const bytes = readFileSync(golden('row-groups'))
  // In the last row group, and in no statistics.
  bytes[bytes.indexOf('Sentence 35')] = 0xff
  const rows = readParquet(written(t, bytes), () => ['positive'])
  for (let row = 0; row < 32; row++)
    assert.deepEqual((await rows.next()).value?.values, { positive: `Sentence ${row}` })
  await throws(() => rows.next(), 'ERR_MALFORMED_FILE', 'cannot be read as Parquet')
})

test('what xling does not read is refused by its column', async () => {
  for (const column of ['tags', 'meta'])
    await throws(
      () => all(golden('plain'), () => [column]),
      'ERR_UNSUPPORTED_FILE',
      `column '${column}' holds lists or structs`,
    )
  await throws(() => all(golden('not-utf8'), () => ['text']), 'ERR_MALFORMED_FILE', 'not valid for encoding utf-8')
})

const plain = readFileSync(golden('plain'))
const changed = (change: (bytes: Buffer) => void) => {
  const bytes = Buffer.from(plain)
  change(bytes)
  return bytes
}

const refused: [what: string, bytes: Uint8Array, message: string][] = [
  ['nothing', Buffer.alloc(0), 'has 0 bytes, and is no Parquet file'],
  ['two magics alone', Buffer.from('PAR1PAR1'), 'has 8 bytes, and is no Parquet file'],
  ['text', Buffer.from('text\nnot Parquet at all\n'), 'is no Parquet file'],
  ['its beginning alone', plain.subarray(0, 3000), 'is no whole Parquet file: its end is missing'],
  ['its end alone', Buffer.concat([plain.subarray(0, 4), plain.subarray(-2500)]), 'but the file has 2504'],
  [
    'a footer longer than itself',
    changed(bytes => bytes.writeUInt32LE(bytes.length - 11, bytes.length - 8)),
    `has a footer of ${plain.length - 11} bytes, but ${plain.length} in all`,
  ],
  [
    'a footer of zeros',
    changed(bytes => bytes.fill(0, bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8), bytes.length - 8)),
    'cannot be read as Parquet',
  ],
]

for (const [what, bytes, message] of refused)
  test(`refused: ${what}`, async t => {
    const file = written(t, bytes)
    await throws(() => all(file), 'ERR_MALFORMED_FILE', `${file}: `)
    await throws(() => all(file), 'ERR_MALFORMED_FILE', message)
  })

test('what is no file is refused with its path', async t => {
  const folder = emptyFolder(t)
  await throws(() => all(join(folder, 'none')), 'ERR_FILE_NOT_FOUND', `there is no file ${join(folder, 'none')}`)
  await throws(() => all(folder), 'ERR_FILE_FAILED', folder)
})

type RowGroup = FileMetaData['row_groups'][number]
type Change = (
  group: RowGroup,
  meta: NonNullable<RowGroup['columns'][number]['meta_data']>,
  metadata: FileMetaData,
) => unknown

const size = plain.length
const contradictory: [
  what: string,
  change: Change,
  code: 'ERR_MALFORMED_FILE' | 'ERR_UNSUPPORTED_FILE',
  message: string,
][] = [
  [
    'rows',
    (_, __, metadata) => Object.assign(metadata, { num_rows: 41n }),
    'ERR_MALFORMED_FILE',
    'has 41 rows, but its row groups have 40',
  ],
  [
    'values',
    (_, meta) => Object.assign(meta, { num_values: 39n }),
    'ERR_MALFORMED_FILE',
    "group 0, column 'anchor': has 39 values, but there are 40 rows",
  ],
  ['its place', (_, meta) => Object.assign(meta, { data_page_offset: -4n }), 'ERR_MALFORMED_FILE', 'is at bytes -4 to'],
  [
    'its end',
    (_, meta) => Object.assign(meta, { total_compressed_size: BigInt(size) }),
    'ERR_MALFORMED_FILE',
    `is at bytes 4 to ${size + 4}, but the file has ${size}`,
  ],
  [
    'its size',
    (_, meta) => Object.assign(meta, { total_compressed_size: -1n }),
    'ERR_MALFORMED_FILE',
    'is at bytes 4 to 3',
  ],
  [
    'its name',
    (_, meta) => Object.assign(meta, { path_in_schema: ['other'] }),
    'ERR_MALFORMED_FILE',
    'there are 0 of it',
  ],
  ['a name twice', group => group.columns.push(...group.columns), 'ERR_MALFORMED_FILE', 'there are 2 of it'],
  [
    'fewer rows than none',
    group => Object.assign(group, { num_rows: -1n }),
    'ERR_MALFORMED_FILE',
    'row group 0 has -1 rows',
  ],
  [
    'rows without end',
    group => Object.assign(group, { num_rows: 2n ** 26n + 1n }),
    'ERR_UNSUPPORTED_FILE',
    'row group 0 has 67108865 rows',
  ],
]

for (const [what, change, code, message] of contradictory)
  test(`a footer that contradicts itself: ${what}`, async () => {
    const metadata = parquetMetadata(new Uint8Array(plain))
    const [group] = metadata.row_groups
    const meta = group?.columns[0]?.meta_data
    assert.ok(group && meta)
    const check = () => checkRowGroups('rows.parquet', metadata, ['anchor'], size)
    assert.deepEqual(
      check().map(({ rowStart, rowEnd }) => [rowStart, rowEnd]),
      [[0, 40]],
    )
    change(group, meta, metadata)
    await throws(check, code, `rows.parquet: `)
    await throws(check, code, message)
  })

// Numbers are twice what they count, minus one below zero, in Thrift's compact protocol; a page's header is the first
// thing in a file, behind 4 bytes.
const hostile: [what: string, name: string, at: number, from: number[], to: number[], message: string][] = [
  ['a page of a type that is none', 'plain', 5, [0x00], [0x0c], 'a page is of type 6'],
  [
    'a page of less than nothing',
    'plain',
    7,
    [0xd8],
    [0xd9],
    'a page is to have -1517 bytes, which must be 0 to 256 MiB',
  ],
  ['a page past the end', 'plain', 10, [0xd8, 0x17], [0xd8, 0x7f], 'a page of 8172 bytes is not in the column'],
  ['more values than rows', 'plain', 14, [0x50], [0x52], 'a page has 41 values, but there are 40 rows'],
  ['fewer values than none', 'plain', 14, [0x50], [0x4f], 'a page has -40 values'],
  ['a dictionary of less than nothing', 'dictionary', 14, [0x50], [0x4f], 'a dictionary has -40 values'],
  ['more nulls than values', 'pages-v2', 16, [0x00], [0x52], 'a page counts its rows wrongly'],
  ['more rows than values', 'pages-v2', 18, [0x50], [0x52], 'a page counts its rows wrongly'],
  ['levels of less than nothing', 'pages-v2', 22, [0x04], [0x03], 'the levels of a page are longer than the page'],
]

for (const [what, name, at, from, to, message] of hostile)
  test(`refused: ${what}`, async t => {
    const bytes = readFileSync(golden(name))
    assert.deepEqual([...bytes.subarray(at, at + from.length)], from, bytes.subarray(0, 40).toString('hex'))
    bytes.set(to, at)
    await throws(() => all(written(t, bytes)), 'ERR_MALFORMED_FILE', `rows 0 to 39, column 'anchor': ${message}`)
  })

test('refused: more values than rows in all pages together', async t => {
  const bytes = readFileSync(golden('many-pages'))
  // The second page of 4 values is to have 40.
  const header = Buffer.from([0x2c, 0x15, 0x08])
  bytes[bytes.indexOf(header, bytes.indexOf(header) + 1) + 2] = 0x50
  await throws(() => all(written(t, bytes)), 'ERR_MALFORMED_FILE', 'the pages have more values than the 40 rows')
})

// 2²⁸ times the value 1, which hyparquet would write out: in levels behind their length and without it, in indices
// behind their width.
const endless = [0x80, 0x80, 0x80, 0x80, 0x02, 0x01]
const overruns: [name: string, column: string, before: number[]][] = [
  ['nulls', 'anchor', [6, 0, 0, 0]],
  ['pages-v2', 'anchor', [0x11, 0x11, 0, 0, 0]],
  ['dictionary', 'language', [2, 0, 0, 0, 0x50, 0x01, 2]],
  ['runs', 'good', [0x50, 0x01, 6, 0, 0, 0]],
]

for (const [name, column, before] of overruns)
  test(`refused: a run that is longer than a page, in ${name}`, async t => {
    const bytes = readFileSync(golden(name))
    bytes.set(
      endless,
      bytes.indexOf(Buffer.from(before), column === 'language' ? bytes.indexOf('ibo') : 0) + before.length,
    )
    await throws(
      () => all(written(t, bytes), () => [column]),
      'ERR_MALFORMED_FILE',
      `rows 0 to 39, column '${column}': a page repeats a value more often than it has values`,
    )
  })

test('no byte that is wrong crashes, hangs or is anything but an error of the file', async t => {
  const counts = new Map<string, number>()
  for (const name of ['dictionary', 'pages-v2', 'nulls']) {
    const bytes = readFileSync(golden(name))
    for (let i = 0; i < 100; i++) {
      const [at, to] = philox([i, 0, 0, 0], [1, 2])
      const mutant = Buffer.from(bytes)
      // In pages' headers and the footer more often than in text, which may be any.
      mutant[i % 2 === 0 ? at % bytes.length : bytes.length - 8 - (at % 1000)] = to & 0xff
      const code = await all(written(t, mutant)).then(
        () => 'read',
        (error: unknown) => (error instanceof XlingError ? error.code : `${error}`),
      )
      counts.set(code, (counts.get(code) ?? 0) + 1)
    }
  }
  const codes = [...counts.keys()].filter(
    code => !['read', 'ERR_MALFORMED_FILE', 'ERR_UNSUPPORTED_FILE'].includes(code),
  )
  assert.deepEqual(codes, [])
  assert.ok((counts.get('ERR_MALFORMED_FILE') ?? 0) > 60, JSON.stringify([...counts]))
})
