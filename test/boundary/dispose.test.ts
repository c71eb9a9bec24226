import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Kernels } from 'xling/kernels'
import { endless, normArguments } from './fixture.js'
import { throws } from './throws.js'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

test('dispose twice, and use after', async () => {
  const kernels = await Kernels.open()
  const args = await normArguments(kernels, 2, 3)
  await args.rstd.dispose()
  await args.rstd.dispose()
  await throws(() => args.rstd.read(), 'ERR_DISPOSED', 'this tensor was disposed')
  await throws(() => kernels.run('rms_norm', args), 'ERR_DISPOSED', 'rms_norm: rstd was disposed')

  await Promise.all([kernels.dispose(), kernels.dispose()])
  await kernels.dispose()
  await throws(() => kernels.tensor([2]), 'ERR_DISPOSED', 'this context was disposed')
  await throws(() => kernels.run('rms_norm', args), 'ERR_DISPOSED', 'this context was disposed')
  await throws(() => args.x.read(), 'ERR_DISPOSED', 'this context was disposed')
  await args.x.dispose()
})

test('dispose during: what runs and what waits is aborted, then the memory goes', async () => {
  const kernels = await Kernels.open()
  const args = await normArguments(kernels, 512, 640)
  const running = kernels.run('rms_norm', args, { repeat: endless })
  const waiting = kernels.run('rms_norm', args)
  const dropped = args.rstd.dispose()
  const ends = Promise.all([
    throws(() => running, 'ERR_ABORTED', 'aborted'),
    throws(() => waiting, 'ERR_ABORTED', 'aborted'),
  ])
  await kernels.dispose()
  await ends
  await dropped
})

test('a tensor disposed behind a run that uses it is still there for that run', async () => {
  await using kernels = await Kernels.open()
  const args = await normArguments(kernels, 3, 5)
  const run = kernels.run('rms_norm', args)
  const dropped = args.x.dispose()
  assert.equal((await run).seconds.length, 1)
  await dropped
})

test('a tensor keeps its context alive; forgotten ones are collected under stress', async () => {
  const open = async () => {
    const kernels = await Kernels.open()
    return kernels.tensor([3], { data: new Float32Array([1, 2, 3]) })
  }
  const kept = await open()
  for (let round = 0; round < 50; round++) {
    await open()
    collect()
  }
  assert.deepEqual(await kept.read(), new Float32Array([1, 2, 3]))
})

test('the caller may change its data after the call, and the result is the caller’s own', async () => {
  await using kernels = await Kernels.open()
  const data = new Float32Array([1, 2, 3])
  const making = kernels.tensor([3], { data })
  data.fill(9)
  const tensor = await making
  const first = await tensor.read()
  assert.deepEqual(first, new Float32Array([1, 2, 3]))
  first.fill(7)
  assert.deepEqual(await tensor.read(), new Float32Array([1, 2, 3]))
})

test('data may be a view into a larger buffer; integers and bf16 come back as they are', async () => {
  await using kernels = await Kernels.open()
  const view = new Float32Array([0, 1, 2, 3]).subarray(1, 3)
  assert.deepEqual(await (await kernels.tensor([2], { data: view })).read(), new Float32Array([1, 2]))
  const whole = await kernels.tensor([2], { dtype: 'i32', data: new Int32Array([-1, 2 ** 31 - 1]) })
  assert.deepEqual(await whole.read(), new Int32Array([-1, 2 ** 31 - 1]))
  const half = await kernels.tensor([2, 1], { dtype: 'bf16', data: new Float32Array([1, 1 + 2 ** -9]) })
  assert.deepEqual(await half.read(), new Float32Array([1, 1]))
  for (const shape of [[0], [3, 0], []]) {
    const empty = await kernels.tensor(shape)
    assert.deepEqual(await empty.read(), new Float32Array(shape.length === 0 ? 1 : 0))
  }
})
