import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { Kernels } from 'xling/kernels'
import { endless, normArguments } from './fixture.js'

const limit = { timeout: 60_000 } // an endless run that is not stopped would take minutes

test('abort before: nothing starts, the reason comes back', limit, async () => {
  await using kernels = await Kernels.open()
  const args = await normArguments(kernels, 2, 3)
  const reason = new Error('changed my mind')
  await assert.rejects(kernels.run('rms_norm', args, { signal: AbortSignal.abort(reason) }), reason)
  assert.deepEqual(await args.y.read(), new Float32Array(6))
  await assert.rejects(kernels.tensor([2], { signal: AbortSignal.abort(reason) }), reason)
  await assert.rejects(Kernels.open({ signal: AbortSignal.abort(reason) }), reason)
})

test('abort during: the run stops, and what stands behind it in the queue gets its turn', limit, async () => {
  await using kernels = await Kernels.open()
  const args = await normArguments(kernels, 512, 640)
  const controller = new AbortController()
  const reason = { not: 'even an error' }
  const running = kernels.run('rms_norm', args, { repeat: endless, signal: controller.signal })
  const behind = kernels.run('rms_norm', args)
  setImmediate(() => controller.abort(reason))
  await assert.rejects(running, thrown => thrown === reason)
  assert.equal((await behind).seconds.length, 1)
})

test('abort while waiting: rejected without waiting for the run in front', limit, async () => {
  await using kernels = await Kernels.open()
  const args = await normArguments(kernels, 512, 640)
  const front = new AbortController()
  const waiting = new AbortController()
  const running = kernels.run('rms_norm', args, { repeat: endless, signal: front.signal })
  const second = kernels.run('rms_norm', args, { signal: waiting.signal })
  setImmediate(() => waiting.abort())
  await assert.rejects(second, { name: 'AbortError' })
  front.abort()
  await assert.rejects(running, { name: 'AbortError' })
})

test('abort after: does nothing', limit, async () => {
  await using kernels = await Kernels.open()
  const args = await normArguments(kernels, 2, 3)
  const controller = new AbortController()
  await kernels.run('rms_norm', args, { signal: controller.signal })
  controller.abort()
  assert.equal((await kernels.run('rms_norm', args)).seconds.length, 1)
})

test('contexts are served in turn: an endless run on one does not hold up another', limit, async () => {
  await using long = await Kernels.open()
  await using short = await Kernels.open()
  const controller = new AbortController()
  const running = long.run('rms_norm', await normArguments(long, 512, 640), {
    repeat: endless,
    signal: controller.signal,
  })
  const args = await normArguments(short, 4, 8)
  for (let i = 0; i < 20; i++) await short.run('rms_norm', args)
  controller.abort()
  await assert.rejects(running, { name: 'AbortError' })
})

test('a signal that many runs share has one listener, and ends them all', limit, async () => {
  await using kernels = await Kernels.open()
  const args = await normArguments(kernels, 512, 640)
  const controller = new AbortController()
  const runs = Array.from({ length: 12 }, () =>
    kernels.run('rms_norm', args, { repeat: endless, signal: controller.signal }),
  )
  const ends = Promise.allSettled(runs)
  assert.equal(getEventListeners(controller.signal, 'abort').length, 1)
  controller.abort()
  for (const { status } of await ends) assert.equal(status, 'rejected')
})
