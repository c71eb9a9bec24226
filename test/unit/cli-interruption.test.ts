// Ctrl-C, once and twice.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { Interruption, interruptible } from '#xling/cli/interruption'

test('work that ends by itself has its result or its failure, and signals are let go', async () => {
  const before = process.listenerCount('SIGINT')
  assert.equal(await interruptible('…', async signal => signal.aborted), false)
  const reason = new Error('broken')
  await assert.rejects(
    interruptible('…', async () => {
      throw reason
    }),
    error => error === reason,
  )
  assert.equal(process.listenerCount('SIGINT'), before)
})

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  test(`${signal} aborts with what a person should know`, async () => {
    const work = interruptible('go on', async aborted => {
      // A signal that is on its way keeps no process waiting.
      const alive = setInterval(() => {}, 1000)
      process.kill(process.pid, signal)
      await once(aborted, 'abort').finally(() => clearInterval(alive))
      aborted.throwIfAborted()
    })
    await assert.rejects(
      work,
      (error: Error) =>
        error instanceof Interruption && error.exitCode === exitCode && error.message === 'interrupted; go on',
    )
  })

test('work that does not end for the first signal ends with the second', async () => {
  const stubborn = `
    import { interruptible } from '${import.meta.resolve('#xling/cli/interruption')}'
    await interruptible('wait', signal => {
      signal.addEventListener('abort', () => console.log('aborted'))
      setInterval(() => {}, 1000)
      console.log('begun')
      return new Promise(() => {})
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', stubborn])
  createInterface({ input: child.stdout }).on('line', line => child.kill(line === 'begun' ? 'SIGINT' : 'SIGTERM'))
  const [code, signal] = await once(child, 'close')
  assert.deepEqual([code, signal], [null, 'SIGTERM'])
})
