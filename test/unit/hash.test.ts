// Hashes of files and values: the same for what is the same, and for nothing else.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { fileHash, jsonHash } from '#xling/files/hash'
import { jsonText } from '#xling/files/json-text'
import { throws } from '../boundary/throws.js'
import { emptyFolder } from './hub/fake-hub.js'

class Point {
  x = 1
}

const cycle: Record<string, unknown> = { a: {} }
cycle.a = { b: [cycle] }

const notJson: [what: string, value: unknown, place: string][] = [
  ['nothing', undefined, 'value is undefined'],
  ['NaN', { a: [1, Number.NaN] }, 'value.a[1] is NaN'],
  ['infinity', [Number.NEGATIVE_INFINITY], 'value[0] is -Infinity'],
  ['undefined in a list', [1, undefined], 'value[1] is undefined'],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is tried
  ['a hole in a list', [1, , 2], 'value[1] is undefined'],
  ['a bigint', { a: 1n }, 'value.a is 1'],
  ['a function', { a: { b: () => 1 } }, 'value.a.b is () => 1'],
  ['a symbol', Symbol('s'), 'value is Symbol(s)'],
  ['a date', { at: new Date(0) }, 'value.at is "1970-01-01T00:00:00.000Z"'],
  ['an expression', { noDecay: /bias/u }, 'value.noDecay is {}'],
  ['a map', new Map([[1, 2]]), 'value is {}'],
  ['an array of floats', new Float32Array(1), 'value is {"0":0}'],
  ["a class's instance", new Point(), 'value is {"x":1}'],
  ['a value that holds itself', cycle, 'value.a.b[0] is a value that holds itself'],
]

for (const [what, value, place] of notJson)
  test(`refused: ${what}`, () => throws(() => jsonHash(value), 'ERR_INVALID_ARGUMENT', place))

test('a value has the hash of its JSON with sorted keys', () => {
  const value = { b: [1, 'é\n\ud800', null, { d: true, c: 1e-7 }], a: undefined, A: -0, 10: 2, 9: {}, __proto__x: [] }
  const text = '{"10":2,"9":{},"A":0,"__proto__x":[],"b":[1,"é\\n\\ud800",null,{"c":1e-7,"d":true}]}'
  assert.equal(jsonText('value', value, 'sorted'), text)
  assert.equal(jsonHash(value), `sha256:${createHash('sha256').update(text).digest('hex')}`)
  // Of '{}', by sha256sum.
  assert.equal(jsonHash({}), 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
})

test('only what differs has another hash', () => {
  const same = [
    { a: 1, b: { c: 2, d: 3 } },
    { b: { d: 3, c: 2 }, a: 1 },
    { a: 1, b: { c: 2, d: 3, e: undefined } },
    Object.assign(Object.create(null), { a: 1, b: { c: 2, d: 3 } }),
    runInNewContext('({ a: 1, b: { c: 2, d: 3 } })'),
  ]
  assert.equal(new Set(same.map(jsonHash)).size, 1)
  const different = [null, 0, '0', false, '', [], {}, [[]], [0], ['0'], { 0: 0 }, { a: null }, { a: 'b' }, { b: 'a' }]
  assert.equal(new Set(different.map(jsonHash)).size, different.length)
})

test('the same value may stand twice in another', () => {
  const shared = { x: 1 }
  assert.equal(jsonText('value', [shared, { shared }, shared]), '[{"x":1},{"shared":{"x":1}},{"x":1}]')
})

test('keys stay as they were set unless they are to be sorted', () => {
  assert.equal(jsonText('value', { b: 1, a: 2 }), '{"b":1,"a":2}')
})

test('a file has the hash of its bytes', async t => {
  const path = join(emptyFolder(t), 'file')
  // Longer than a piece of the stream, and not a multiple of it.
  for (const bytes of [Buffer.alloc(0), Buffer.from('xling\n'), Buffer.alloc(200_001, 'ab')]) {
    writeFileSync(path, bytes)
    assert.equal(await fileHash(path), `sha256:${createHash('sha256').update(bytes).digest('hex')}`)
  }
})

test('what is no file is refused with its path', async t => {
  const folder = emptyFolder(t)
  writeFileSync(join(folder, 'file'), '')
  mkdirSync(join(folder, 'folder'))
  for (const name of ['none', 'file/none'])
    await throws(() => fileHash(join(folder, name)), 'ERR_FILE_NOT_FOUND', join(folder, name))
  await throws(() => fileHash(join(folder, 'folder')), 'ERR_FILE_FAILED', `cannot read ${join(folder, 'folder')}`)
})

test('an abort rejects with its reason, before and during', async t => {
  const path = join(emptyFolder(t), 'file')
  writeFileSync(path, Buffer.alloc(2 ** 20))
  const reason = new Error('enough')
  await assert.rejects(fileHash('/nowhere', AbortSignal.abort(reason)), reason)
  const controller = new AbortController()
  const hash = fileHash(path, controller.signal)
  controller.abort(reason)
  await assert.rejects(hash, reason)
})
