// Files of vectors, and how they are written.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { vectorFormats } from '#xling/cli/vector-formats'
import { writePieces } from '#xling/cli/write-pieces'
import { throws } from '../boundary/throws.js'

const { '.npy': npy, '.jsonl': jsonl } = vectorFormats

test('npy: magic, version, a header that ends on 64 bytes with what the array is, then float32', () => {
  for (const [rows, width] of [
    [0, 1],
    [3, 2],
    [1_000_000_000, 8192],
  ] as const) {
    const begin = Buffer.from(npy?.begin(rows, width) ?? '')
    assert.equal(begin.length % 64, 0)
    assert.deepEqual([...begin.subarray(0, 8)], [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0])
    assert.equal(begin.readUInt16LE(8), begin.length - 10)
    assert.equal(
      begin.subarray(10).toString('latin1').replace(/ *\n$/, ''),
      `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${width}), }`,
    )
    assert.equal(begin.at(-1), 10)
  }
  // A view into something larger is itself alone.
  const vectors = Float32Array.of(9, 1.5, -2, 3, 4).subarray(1)
  const bytes = Buffer.from(npy?.rows(['a', 'b'], vectors, 2) ?? '')
  assert.deepEqual(
    [0, 4, 8, 12].map(at => bytes.readFloatLE(at)),
    [1.5, -2, 3, 4],
  )
  assert.equal(bytes.length, 16)
})

test('jsonl: a text and its own vector a line, which reads back as the same numbers', () => {
  const vectors = Float32Array.of(0.1, 1e-30, -3, 0)
  assert.equal(jsonl?.begin(2, 2), '')
  const lines = String(jsonl?.rows(['a "b"\n', 'c'], vectors, 2)).split('\n')
  assert.equal(lines.pop(), '')
  const read = lines.map(line => JSON.parse(line))
  assert.deepEqual(
    read.map(({ text }) => text),
    ['a "b"\n', 'c'],
  )
  assert.deepEqual(Float32Array.from(read.flatMap(({ vector }) => vector)), vectors)
})

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'xling-pieces-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('pieces become a file when the last is there, and until then it is what it was', () =>
  inFolder(async folder => {
    const file = join(folder, 'new', 'file')
    async function* pieces(end?: Error) {
      yield 'one '
      await assert.rejects(readFile(join(folder, 'new', 'other')), { code: 'ENOENT' })
      yield Buffer.from('two')
      if (end) throw end
    }
    await writePieces(file, pieces())
    assert.equal(await readFile(file, 'utf8'), 'one two')
    const reason = new Error('no more')
    await writeFile(file, 'before')
    await assert.rejects(writePieces(file, pieces(reason)), error => error === reason)
    await assert.rejects(writePieces(join(folder, 'new', 'other'), pieces(reason)), error => error === reason)
    assert.equal(await readFile(file, 'utf8'), 'before')
    assert.deepEqual(await readdir(join(folder, 'new')), ['file'])
    await throws(() => writePieces(join(file, 'below'), pieces()), 'ERR_FILE_FAILED', `cannot make the folder ${file}`)
    await throws(() => writePieces(folder, pieces()), 'ERR_FILE_FAILED', `cannot write ${folder}`)
  }))
