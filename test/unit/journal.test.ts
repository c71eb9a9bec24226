// A journal keeps whole lines, whatever happens to the process or the disk.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { AppendFile } from '#xling/files/append-file'
import { Journal } from '#xling/files/journal'
import { throws } from '../boundary/throws.js'
import { emptyFolder } from './hub/fake-hub.js'

const root = dirname(fileURLToPath(import.meta.resolve('xling/package.json')))

function written(t: TestContext, content: string | Uint8Array): string {
  const path = join(emptyFolder(t), 'journal.jsonl')
  writeFileSync(path, content)
  return path
}

async function opened(t: TestContext, ...[path, keep]: Parameters<typeof Journal.open>): Promise<Journal> {
  const journal = await Journal.open(path, keep)
  t.after(() => journal.close())
  return journal
}

const malformed: [what: string, content: string | Uint8Array, number: number][] = [
  ['half a line before others', '{"a":1}\n{"a":\n{"a":2}\n', 2],
  ['a last line that is whole but no JSON', '{"a":1}\n{"a"}\n', 2],
  ['a blank line', '{"a":1}\n\n{"a":2}\n', 2],
  ['two objects', '{"a":1}{"a":2}\n', 1],
  ['a list', '[1]\n{"a":2}\n', 1],
  ['null', '{"a":1}\n{"a":2}\nnull\n', 3],
  ['a byte order mark', '\ufeff{"a":1}\n', 1],
  ['bytes that are not UTF-8', Buffer.from('{"a":"f\xfcnf"}\n', 'latin1'), 1],
]

for (const [what, content, number] of malformed)
  test(`refused: ${what}`, async t => {
    const path = written(t, content)
    await throws(() => Journal.open(path), 'ERR_MALFORMED_FILE', `${path}: line ${number} `)
    assert.deepEqual(readFileSync(path), Buffer.from(content as string))
  })

test('what is no file, or in no folder, is refused with its path', async t => {
  const folder = emptyFolder(t)
  for (const path of [folder, join(folder, 'none/journal')])
    await throws(() => Journal.open(path), 'ERR_FILE_FAILED', path)
  assert.deepEqual(readdirSync(folder), [])
})

test('a line that is no object of JSON is refused, and leaves nothing behind', async t => {
  const path = written(t, '')
  const journal = await opened(t, path)
  await throws(() => journal.append({ loss: Number.NaN }), 'ERR_INVALID_ARGUMENT', `${path}: the line.loss is NaN`)
  await throws(() => journal.append([1]), 'ERR_INVALID_ARGUMENT', `${path}: the line is [1] but must be an object`)
  await journal.append({ a: 1, b: undefined })
  assert.equal(readFileSync(path, 'utf8'), '{"a":1}\n')
})

test('lines come back as they were, in their order', async t => {
  const path = join(emptyFolder(t), 'journal.jsonl')
  const journal = await opened(t, path)
  assert.deepEqual(journal.lines, [])
  const lines = [{ b: 1, a: 'ɓari\n中文 🙂\u2028' }, {}, { c: { d: [null, 1e-7, false] } }]
  // None waits for the one before; the second is longer than what the system is given at once.
  await Promise.all([...lines, { long: 'x'.repeat(2 ** 20) }, { last: true }].map(line => journal.append(line)))
  await journal.sync()
  assert.deepEqual((await opened(t, path)).lines, [...lines, { long: 'x'.repeat(2 ** 20) }, { last: true }])
  assert.ok(readFileSync(path, 'utf8').startsWith('{"b":1,"a":"ɓari\\n中文 🙂\u2028"}\n{}\n{"c"'))
})

test('a file that is cut at any byte keeps the lines before, and goes on behind them', async t => {
  const text = Buffer.from('{"a":"é"}\n{}\n{"b":{"c":[1,2]}}\n')
  const path = written(t, '')
  for (let end = 0; end <= text.length; end++) {
    writeFileSync(path, text.subarray(0, end))
    const journal = await Journal.open(path)
    const whole = text.subarray(0, text.subarray(0, end).lastIndexOf('\n') + 1).toString()
    assert.deepEqual(
      journal.lines,
      whole
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line)),
    )
    await journal.append({ next: end })
    await journal.close()
    assert.equal(readFileSync(path, 'utf8'), `${whole}{"next":${end}}\n`)
  }
  assert.deepEqual(readdirSync(dirname(path)), ['journal.jsonl'])
})

test('lines that are not to be kept go, the others stay as they are written', async t => {
  const path = written(t, '{"step": 1}\n{"step":3 }\n{"step":2}\n{"st')
  const seen: [unknown, number][] = []
  const journal = await opened(t, path, ({ step }, number) => {
    seen.push([step, number])
    return Number(step) <= 2
  })
  assert.deepEqual(journal.lines, [{ step: 1 }, { step: 2 }])
  assert.deepEqual(seen, [
    [1, 1],
    [3, 2],
    [2, 3],
  ])
  await journal.append({ step: 3 })
  assert.equal(readFileSync(path, 'utf8'), '{"step": 1}\n{"step":2}\n{"step":3}\n')
})

test('a file of which all is kept is not written', async t => {
  const path = written(t, '{"a":1}\n')
  utimesSync(path, 1, 1)
  const { ino, mtimeMs } = statSync(path)
  await opened(t, path)
  assert.deepEqual([statSync(path).ino, statSync(path).mtimeMs], [ino, mtimeMs])
})

test('what cannot be written whole is cut off again, and later lines are', t => {
  const path = written(t, '{"a":1}\n')
  // The limit cuts a write short, as a disk that fills up does; a shorter line still has room.
  const script = `import { Journal } from '#xling/files/journal'
    process.on('SIGXFSZ', () => {}) // which would kill it at the limit
    const journal = await Journal.open(process.argv[1])
    await journal.append({ before: 1 })
    const long = journal.append({ long: 'x'.repeat(100_000) }).catch(error => console.log(error.code, error.message))
    await Promise.all([long, journal.append({ b: 2 })])`
  const command = 'ulimit -f 8 && exec "$0" --input-type=module --eval "$1" "$2"'
  const ran = spawnSync('sh', ['-c', command, process.execPath, script, path], { cwd: root, encoding: 'utf8' })
  assert.match(ran.stdout, new RegExp(`^ERR_FILE_FAILED cannot append to ${path}: EFBIG.*\n$`), ran.stderr)
  assert.deepEqual([ran.stderr, ran.status], ['', 0])
  assert.equal(readFileSync(path, 'utf8'), '{"a":1}\n{"before":1}\n{"b":2}\n')
})

test('a full disk has its own code', async t => {
  const path = join(emptyFolder(t), 'journal.jsonl')
  // Its size is 0 and it cannot be cut, so nothing more is written.
  symlinkSync('/dev/full', path)
  const file = await AppendFile.open(path)
  await throws(() => file.append('x'), 'ERR_DISK_FULL', `cannot append to ${path}`)
  await throws(() => file.append('x'), 'ERR_FILE_FAILED', `cannot append to ${path}`)
  await file.close()
})

test('closing waits for what was begun, can be done twice, and ends writing', async t => {
  const path = written(t, '')
  const journal = await Journal.open(path)
  const begun = journal.append({ a: 1 })
  await journal.close()
  assert.equal(readFileSync(path, 'utf8'), '{"a":1}\n')
  await begun
  await journal.close()
  await throws(() => journal.append({ a: 2 }), 'ERR_FILE_FAILED', `cannot append to ${path}`)
  await throws(() => journal.sync(), 'ERR_FILE_FAILED', `cannot sync ${path}`)
  assert.equal(readFileSync(path, 'utf8'), '{"a":1}\n')
})

test('a kill in the middle of writing leaves whole lines and at most a part of one', t => {
  const path = join(emptyFolder(t), 'journal.jsonl')
  const script = `import { Journal } from '#xling/files/journal'
    const journal = await Journal.open(process.argv[1])
    for (let at = 0; at < 20; at++) await journal.append({ at })
    for (let at = 20; at < 40; at++) journal.append({ at, text: 'x'.repeat(2 ** 20) })
    setImmediate(() => process.kill(process.pid, 'SIGKILL'))`
  const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', script, path], { cwd: root })
  assert.equal(ran.signal, 'SIGKILL', ran.stderr.toString())
  return Journal.open(path).then(async journal => {
    const places = journal.lines.map(({ at }) => at)
    assert.deepEqual(places, [...places.keys()])
    assert.ok(places.length >= 20, `${places.length}`)
    await journal.close()
  })
})
