// A file is written whole or not at all.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { XlingError } from '#xling/binding/errors'
import { ensureFolder, fileFailure, writeAtomic } from '#xling/files/atomic'

const root = dirname(fileURLToPath(import.meta.resolve('xling/package.json')))

function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'xling-files-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('text and bytes are written as they are, over what was there', async t => {
  const folder = emptyFolder(t)
  const path = join(folder, 'file')
  const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251)
  for (const data of ['', 'ɓari 中文 🙂\n', bytes, bytes.subarray(7, 9), new Uint8Array()]) {
    await writeAtomic(path, data)
    assert.deepEqual(readFileSync(path), Buffer.from(data as string))
  }
  assert.deepEqual(readdirSync(folder), ['file'])
})

test('a file that is replaced keeps its mode', async t => {
  const path = join(emptyFolder(t), 'file')
  writeFileSync(path, 'old')
  chmodSync(path, 0o640)
  await writeAtomic(path, 'new')
  assert.equal(statSync(path).mode & 0o777, 0o640)
})

test('writes of one file at once leave one of them', async t => {
  const folder = emptyFolder(t)
  const path = join(folder, 'file')
  const texts = Array.from({ length: 8 }, (_, at) => `${at}`.repeat(1000 + at))
  await Promise.all(texts.map(text => writeAtomic(path, text)))
  assert.ok(texts.includes(readFileSync(path, 'utf8')))
  assert.deepEqual(readdirSync(folder), ['file'])
})

test('a failure names the path and the reason, and leaves nothing behind', async t => {
  const folder = emptyFolder(t)
  mkdirSync(join(folder, 'taken/full'), { recursive: true })
  for (const [path, reason] of [
    [join(folder, 'missing/file'), 'ENOENT'],
    [join(folder, 'taken'), 'EISDIR'],
  ] as const)
    await assert.rejects(writeAtomic(path, 'x'), (error: XlingError) => {
      assert.ok(error instanceof XlingError)
      assert.equal(error.code, 'ERR_FILE_FAILED')
      assert.ok(error.message.startsWith(`cannot write ${path}: ${reason}`), error.message)
      assert.equal(Object(error.cause).code, reason)
      return true
    })
  assert.deepEqual(readdirSync(folder), ['taken'])
})

test('a system that takes only a part of the bytes does not leave a part of the file', t => {
  const folder = emptyFolder(t)
  const path = join(folder, 'file')
  writeFileSync(path, 'old')
  // The limit cuts the first write short without an error, as a disk that fills up does; the next one fails.
  const script = `import { writeAtomic } from '#xling/files/atomic'
    process.on('SIGXFSZ', () => {}) // which would kill it at the limit
    await writeAtomic(process.argv[1], 'new'.repeat(100_000)).catch(error => console.log(error.code))`
  const command = 'ulimit -f 8 && exec "$0" --input-type=module --eval "$1" "$2"'
  const ran = spawnSync('sh', ['-c', command, process.execPath, script, path], { cwd: root, encoding: 'utf8' })
  assert.deepEqual([ran.stdout, ran.stderr, ran.status], ['ERR_FILE_FAILED\n', '', 0])
  assert.equal(readFileSync(path, 'utf8'), 'old')
  assert.deepEqual(readdirSync(folder), ['file'])
})

test('a full disk has its own code', async () => {
  const full = (code: string) => (error: XlingError) =>
    error.code === 'ERR_DISK_FULL' && error.message.includes('/x') && Object(error.cause).code === code
  await assert.rejects(writeFile('/dev/full', 'x').catch(fileFailure('write', '/x')), full('ENOSPC'))
  const quota = Object.assign(new Error('quota exceeded'), { code: 'EDQUOT' })
  assert.throws(() => fileFailure('write', '/x')(quota), full('EDQUOT'))
  assert.throws(() => fileFailure('write', '/x')('odd'), { code: 'ERR_FILE_FAILED', message: 'cannot write /x: odd' })
})

test('folders are made where they are missing', async t => {
  const folder = emptyFolder(t)
  await ensureFolder(join(folder, 'a/b/c'))
  await ensureFolder(join(folder, 'a/b/c'))
  assert.ok(statSync(join(folder, 'a/b/c')).isDirectory())
  writeFileSync(join(folder, 'file'), '')
  for (const path of [join(folder, 'file'), join(folder, 'file/a')])
    await assert.rejects(ensureFolder(path), {
      code: 'ERR_FILE_FAILED',
      message: new RegExp(`make the folder ${path}`),
    })
})
