import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { removeHalfWritten } from '#xling/files/atomic'
import { takeLock } from '#xling/files/lock'
import { throws } from '../boundary/throws.js'
import { emptyFolder } from './hub/fake-hub.js'

/** The number of a process that was, and is no more. */
const gone = () => spawnSync(process.execPath, ['-e', '']).pid

test('a lock is had by one at a time, and given back', async t => {
  const path = join(emptyFolder(t), 'lock')
  const giveBack = await takeLock(path)
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`)
  await throws(() => takeLock(path), 'ERR_RUN_BUSY', `${path} is held by process ${process.pid}`)
  await giveBack()
  assert.ok(!existsSync(path))
  await (await takeLock(path))()
})

test('the lock of a process that is no more, or that was cut off while it wrote its number, is taken over', async t => {
  const path = join(emptyFolder(t), 'lock')
  for (const left of [`${gone()}\n`, '', 'x', '-1', '0']) {
    writeFileSync(path, left)
    await (await takeLock(path))()
  }
})

test('a lock that cannot be made says why', async t => {
  const folder = emptyFolder(t)
  await throws(() => takeLock(join(folder, 'none', 'lock')), 'ERR_FILE_FAILED', join(folder, 'none', 'lock'))
})

test('only what the engine left half-written under the number of a dead process is removed', async t => {
  const folder = emptyFolder(t)
  const dead = gone()
  const stays = [`.xling-${process.pid}-0.tmp`, `.xling-${dead}-0.tmp.txt`, '.xling-x-0.tmp', 'a.tmp']
  for (const name of [...stays, `.xling-${dead}-0.tmp`, `.xling-${dead}-17.tmp`]) writeFileSync(join(folder, name), '')
  mkdirSync(join(folder, 'below'))
  await removeHalfWritten(folder)
  for (const name of stays) assert.ok(existsSync(join(folder, name)), name)
  for (const number of [0, 17]) assert.ok(!existsSync(join(folder, `.xling-${dead}-${number}.tmp`)))
})
