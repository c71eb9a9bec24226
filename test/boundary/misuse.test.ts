import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KernelName, Kernels } from 'xling/kernels'
import { errorCodes } from '#xling/binding/errors'
import { native } from '#xling/binding/load'
import { normArguments } from './fixture.js'
import { throws } from './throws.js'

// What a caller without types can pass.
const untyped = <T>(value: unknown) => value as T

test('the codes of the engine are codes of XlingError', () => {
  for (const code of native.describeHost().errorCodes) assert.ok((errorCodes as readonly string[]).includes(code), code)
})

test('Kernels.open refuses unknown devices and options', async () => {
  await throws(() => Kernels.open({ device: untyped('gpu') }), 'ERR_INVALID_ARGUMENT', "there is no device 'gpu'")
  await throws(() => Kernels.open({ device: untyped(7) }), 'ERR_INVALID_ARGUMENT', 'device must be a string')
  await throws(() => Kernels.open(untyped({ devise: 'cpu' })), 'ERR_UNKNOWN_OPTION', "did you mean 'device'")
  await throws(() => Kernels.open(untyped('cpu')), 'ERR_INVALID_ARGUMENT', 'options must be an object')
})

test("device 'cuda' never falls back", async t => {
  await using best = await Kernels.open()
  if (best.device.name === 'cuda') return t.skip('this machine has a CUDA device')
  await throws(() => Kernels.open({ device: 'cuda' }), 'ERR_DEVICE_UNAVAILABLE', "device 'cuda' cannot be used")
  assert.match(best.device.why, /no cuda/)
})

test('tensor refuses shapes, dtypes and data that do not fit', async () => {
  await using kernels = await Kernels.open()
  const shapes: [unknown, string][] = [
    [[-1], 'dimension 0'],
    [[2, 1.5], 'dimension 1'],
    [[Number.NaN], 'dimension 0'],
    [['2'], 'dimension 0'],
    [[1, 1, 1, 1, 1], 'at most 4'],
    [[2 ** 53], 'dimension 0'],
    [[2 ** 40, 2 ** 40], 'overflows'],
    [7, 'must be an array'],
    [undefined, 'must be an array'],
  ]
  for (const [shape, text] of shapes) await throws(() => kernels.tensor(untyped(shape)), 'ERR_INVALID_SHAPE', text)
  await throws(() => kernels.tensor([2 ** 40]), 'ERR_OUT_OF_MEMORY', 'MiB are free')
  await throws(() => kernels.tensor([2], { dtype: untyped('f64') }), 'ERR_INVALID_DTYPE', "'bf16', 'i32' or 'u8'")
  await throws(() => kernels.tensor([2], { data: new Float32Array(3) }), 'ERR_INVALID_SHAPE', 'data has 3 elements')
  await throws(() => kernels.tensor([2], { data: new Int32Array(2) }), 'ERR_INVALID_DTYPE', 'must be a Float32Array')
  const bytes = { dtype: 'u8' as const, data: new Float32Array(2) }
  await throws(() => kernels.tensor([2], bytes), 'ERR_INVALID_DTYPE', 'data of a u8 tensor must be a Uint8Array')
  await throws(() => kernels.tensor([2], { data: untyped([1, 2]) }), 'ERR_INVALID_DTYPE', 'must be a Float32Array')
  await throws(() => kernels.tensor([2], untyped({ dtyp: 'f32' })), 'ERR_UNKNOWN_OPTION', "did you mean 'dtype'")
  const tensor = await kernels.tensor([2])
  await throws(() => tensor.read(untyped({ signl: 1 })), 'ERR_UNKNOWN_OPTION', "did you mean 'signal'")
})

test('run refuses unknown kernels, fields and repeats, and says where', async () => {
  await using kernels = await Kernels.open()
  await using other = await Kernels.open()
  const args = await normArguments(kernels, 2, 3)
  const run = (fields: object, options = {}) => kernels.run('rms_norm', { ...args, ...fields }, options)
  await throws(() => kernels.run(untyped<KernelName>('rms_nrm'), args), 'ERR_INVALID_ARGUMENT', "no kernel 'rms_nrm'")
  await throws(() => kernels.run('rms_norm', untyped(null)), 'ERR_INVALID_ARGUMENT', 'fields must be an object')
  await throws(() => run({ epsilon: 1 }), 'ERR_INVALID_ARGUMENT', "no field 'epsilon'")
  await throws(() => run({ x: 5 }), 'ERR_INVALID_ARGUMENT', 'rms_norm: x must be a tensor')
  await throws(() => run({ eps: '1' }), 'ERR_INVALID_ARGUMENT', 'eps must be a number')
  await throws(() => run({ eps: -1 }), 'ERR_INVALID_ARGUMENT', 'eps is -1')
  await throws(() => run({ x: undefined }), 'ERR_INVALID_SHAPE', 'x is []')
  await throws(async () => run({ y: await other.tensor([2, 3]) }), 'ERR_INVALID_ARGUMENT', 'another context')
  for (const repeat of [0, -1, 1.5, Number.NaN, 1e9, '3'])
    await throws(() => run({}, { repeat }), 'ERR_INVALID_ARGUMENT', 'repeat must be a whole number')
  const backward = { ...args, dy: args.y, dx: args.y, rstd: args.rstd, dxWrite: untyped<'assign'>('add') }
  const { y: _, ...fields } = backward
  await throws(() => kernels.run('rms_norm_backward', fields), 'ERR_INVALID_ARGUMENT', "'assign' or 'accumulate'")
})

test('a getter that throws passes its own error on', async () => {
  await using kernels = await Kernels.open()
  const fields = Object.defineProperty({}, 'x', {
    enumerable: true,
    get() {
      throw new RangeError('mine')
    },
  })
  await assert.rejects(kernels.run('rms_norm', untyped(fields)), new RangeError('mine'))
})

test('no function of the addon crashes on any mix of foreign values', async () => {
  await using kernels = await Kernels.open()
  const context = await native.openContext('cpu').promise
  const tensor = await native.createTensor(context, 'f32', [2]).promise
  const proxy = new Proxy({}, { get: () => proxy })
  const values = [
    undefined,
    null,
    0,
    Number.NaN,
    '',
    'rms_norm',
    'f32',
    {},
    [],
    [2],
    proxy,
    kernels,
    context,
    tensor,
    () => 1,
  ]
  for (const [name, call] of Object.entries(native) as [string, (...args: unknown[]) => unknown][]) {
    if (name === 'setErrorClass' || name === 'describeHost') continue
    for (const a of values)
      for (const b of values)
        for (const c of [undefined, null, proxy, {}, 'x', [1]]) {
          if (a === context && name === 'disposeContext') continue
          try {
            const job = call(a, b, c, 1)
            if (job && typeof job === 'object' && 'promise' in job)
              await (job.promise as Promise<unknown>).catch(() => {})
          } catch (error) {
            assert.ok(error instanceof Error)
          }
        }
  }
  await native.disposeContext(context).promise
})
