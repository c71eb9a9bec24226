import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kernels, type Storage } from 'xling/kernels'
import { throws } from './throws.js'

const untyped = <T>(value: unknown) => value as T

test('a frozen weight multiplies as the matrix that its bytes stand for', async () => {
  await using kernels = await Kernels.open({ device: 'cpu' })
  const x = await kernels.tensor([3, 64], { data: Float32Array.from({ length: 192 }, (_, i) => Math.sin(i)) })
  const numbers = await kernels.tensor([5, 64], { data: Float32Array.from({ length: 320 }, (_, i) => Math.cos(i)) })
  const blocks = await kernels.tensor([5 * 68], { dtype: 'u8' })
  await kernels.run('quantize', { x: numbers, blocks, storage: 'q8_0' })
  const data = (await blocks.read()) as Uint8Array
  const weight = await kernels.weight([5, 64], { storage: 'q8_0', data })
  assert.deepEqual(await weight.read(), data)

  const decoded = await kernels.tensor([5, 64])
  await kernels.run('dequantize', { blocks, y: decoded, storage: 'q8_0' })
  const [frozen, dense] = [await kernels.tensor([3, 5]), await kernels.tensor([3, 5])]
  await kernels.run('linear', { x, w: weight, y: frozen })
  await kernels.run('linear', { x, w: decoded, y: dense })
  assert.deepEqual(await frozen.read(), await dense.read())
  assert.notEqual((await frozen.read())[0], 0)
})

test('weights: what does not fit is refused and named', async () => {
  await using kernels = await Kernels.open({ device: 'cpu' })
  const data = new Uint8Array(136)
  await throws(
    () => kernels.weight([2, 64], { storage: 'q8_0', data: data.subarray(1) }),
    'ERR_INVALID_SHAPE',
    'data has 135 elements but shape [136] has 136',
  )
  await throws(() => kernels.weight([2, 60], { storage: 'q8_0', data }), 'ERR_INVALID_SHAPE', 'q8_0 has blocks of 32')
  await throws(() => kernels.weight(untyped([2]), { storage: 'q8_0', data }), 'ERR_INVALID_SHAPE', 'must be a matrix')
  await throws(
    () => kernels.weight([2, 64], { storage: untyped<Storage>('q9'), data }),
    'ERR_INVALID_ARGUMENT',
    "there is no storage 'q9'",
  )
  await throws(
    () => kernels.weight([2, 64], untyped({ storage: 'q8_0' })),
    'ERR_INVALID_ARGUMENT',
    'a weight needs its bytes',
  )
  await throws(
    () => kernels.weight([2, 64], untyped({ storage: 'q8_0', data: new Float32Array(136) })),
    'ERR_INVALID_DTYPE',
    'must be a Uint8Array',
  )
  const weight = await kernels.weight([2, 64], { storage: 'q8_0', data })
  const [x, y, bytes] = [
    await kernels.tensor([3, 64]),
    await kernels.tensor([3, 2]),
    await kernels.tensor([2, 64], { dtype: 'u8' }),
  ]
  await throws(
    () => kernels.run('linear', { x: untyped(weight), w: weight, y }),
    'ERR_INVALID_ARGUMENT',
    'linear: x is a frozen weight and must be a tensor',
  )
  await throws(() => kernels.run('linear', { x, w: bytes, y }), 'ERR_INVALID_DTYPE', 'linear: w is u8 but must be f32')
  const line = await kernels.tensor([128])
  await throws(() => kernels.run('linear', { x, w: line, y }), 'ERR_INVALID_SHAPE', 'w is [128] but must be a matrix')
  await weight.dispose()
  await weight.dispose()
  await throws(() => kernels.run('linear', { x, w: weight, y }), 'ERR_DISPOSED', 'linear: w was disposed')
  await throws(() => weight.read(), 'ERR_DISPOSED', 'disposed')
})
