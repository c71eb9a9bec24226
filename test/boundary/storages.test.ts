import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kernels, type Storage, type TensorData, type WritableStorage } from 'xling/kernels'
import { Golden } from '../golden/safetensors.js'
import { throws } from './throws.js'

const untyped = <T>(value: unknown) => value as T

const bytesOf = (...parts: TensorData[]) =>
  Buffer.concat(parts.map(part => Buffer.from(part.buffer, part.byteOffset, part.byteLength)))

// The first element whose bits differ says more than two arrays.
function sameBits(got: TensorData, want: TensorData, what: string) {
  assert.equal(got.byteLength, want.byteLength, `${what}: bytes`)
  if (bytesOf(got).equals(bytesOf(want))) return
  const differing = [...want.keys()].filter(i => !Object.is(want[i], got[i]))
  const [at = 0] = differing
  assert.fail(`${what}: ${differing.length} of ${want.length} differ; [${at}] is ${got[at]} and must be ${want[at]}`)
}

async function dequantize(kernels: Kernels, storage: Storage, data: Uint8Array, shape: readonly number[]) {
  const blocks = await kernels.tensor([data.length], { dtype: 'u8', data })
  const y = await kernels.tensor(shape)
  await kernels.run('dequantize', { blocks, y, storage })
  return (await y.read()) as Float32Array
}

async function quantize(kernels: Kernels, storage: WritableStorage, x: Float32Array, options: Matrix) {
  const from = await kernels.tensor(options.shape, { data: x })
  // Full of ones, so that a byte that is never written shows.
  const blocks = await kernels.tensor([options.bytes], { dtype: 'u8', data: new Uint8Array(options.bytes).fill(255) })
  await kernels.run('quantize', { x: from, blocks, storage })
  return blocks.read()
}

interface Matrix {
  readonly shape: readonly number[]
  readonly bytes: number
}

test("GGUF's types decode to the bits of Python's gguf", async () => {
  await using kernels = await Kernels.open({ device: 'cpu' })
  const golden = await Golden.open('storages/gguf.safetensors')
  for (const storage of ['q8_0', 'q4_0', 'q4_1', 'q5_0', 'q5_1', 'q4_k', 'q5_k', 'q6_k'] as const) {
    const got = await dequantize(
      kernels,
      storage,
      golden.read(`${storage}.blocks`, 'U8'),
      golden.shape(`${storage}.decoded`),
    )
    sameBits(got, golden.read(`${storage}.decoded`, 'F32'), storage)
  }
})

test("q8_0, q4_0, bf16 and f16 are written with the bits of Python's gguf", async () => {
  await using kernels = await Kernels.open({ device: 'cpu' })
  const golden = await Golden.open('storages/gguf.safetensors')
  const x = golden.read('quantize.x', 'F32')
  for (const storage of ['q8_0', 'q4_0', 'bf16', 'f16'] as const) {
    const want = golden.read(`${storage}.quantized`, 'U8')
    sameBits(
      await quantize(kernels, storage, x, { shape: golden.shape('quantize.x'), bytes: want.length }),
      want,
      storage,
    )
  }
})

test("nf4 has the bits of bitsandbytes' codes, absmax and decoded numbers", async () => {
  await using kernels = await Kernels.open({ device: 'cpu' })
  const golden = await Golden.open('storages/nf4.safetensors')
  const shape = golden.shape('nf4.x')
  const want = bytesOf(golden.read('nf4.codes', 'U8'), golden.read('nf4.absmax', 'F32'))
  sameBits(await quantize(kernels, 'nf4', golden.read('nf4.x', 'F32'), { shape, bytes: want.length }), want, 'nf4')
  sameBits(await dequantize(kernels, 'nf4', want, shape), golden.read('nf4.decoded', 'F32'), 'nf4 decoded')
})

test("nf4d has the bits of bitsandbytes' nested state and decoded numbers", async () => {
  await using kernels = await Kernels.open({ device: 'cpu' })
  const golden = await Golden.open('storages/nf4.safetensors')
  const [rows = 0, width = 0] = golden.shape('nf4d.x_f16').map((size, axis) => (axis === 0 ? size : size / 2))
  const shape = [rows, width]
  const x = await dequantize(kernels, 'f16', golden.read('nf4d.x_f16', 'U8'), shape)
  const want = bytesOf(
    golden.read('nf4d.codes', 'U8'),
    golden.read('nf4d.absmax_codes', 'U8'),
    golden.read('nf4d.group_absmax', 'F32'),
    golden.read('nf4d.offset', 'F32'),
  )
  sameBits(await quantize(kernels, 'nf4d', x, { shape, bytes: want.length }), want, 'nf4d')

  const got = await dequantize(kernels, 'nf4d', want, shape)
  const decoded = golden.read('nf4d.decoded', 'F32')
  sameBits(got.slice(0, width), decoded.slice(0, width), 'the first row')
  sameBits(got.slice((rows - 1) * width), decoded.slice(width), 'the last row')

  // The rows between, from bitsandbytes' scales: one rounding each.
  const book = golden.read('nf4.code', 'F32')
  const absmax = golden.read('nf4d.absmax', 'F32')
  const codes = golden.read('nf4d.codes', 'U8')
  const number = (i: number) => {
    const byte = codes[i >> 1] ?? 0
    return (book[i % 2 === 0 ? byte >> 4 : byte & 15] ?? 0) * (absmax[i >> 6] ?? 0)
  }
  sameBits(
    got,
    Float32Array.from(got, (_, i) => number(i)),
    'every row',
  )
})

test('every code of the nested book is read as bitsandbytes has it', async () => {
  await using kernels = await Kernels.open({ device: 'cpu' })
  const golden = await Golden.open('storages/nf4.safetensors')
  // 256 blocks, one of each absmax code, all of whose numbers are 1 (code 15) times the absmax.
  const data = bytesOf(
    new Uint8Array(256 * 32).fill(0xff),
    Uint8Array.from({ length: 256 }, (_, code) => code),
    new Float32Array([1, 0]), // the group's absmax and the offset
  )
  const got = await dequantize(kernels, 'nf4d', data, [1, 256 * 64])
  sameBits(
    got.filter((_, i) => i % 64 === 0),
    golden.read('nf4d.code', 'F32'),
    'the dynamic book',
  )
})

test('storages: what does not fit is refused and named', async () => {
  await using kernels = await Kernels.open({ device: 'cpu' })
  const x = await kernels.tensor([2, 64])
  const narrow = await kernels.tensor([2, 48])
  const bytes = (count: number) => kernels.tensor([count], { dtype: 'u8' })
  const read = async (y: typeof x, count: number, storage: unknown) =>
    kernels.run('dequantize', { blocks: await bytes(count), y, storage: untyped<Storage>(storage) })
  await throws(() => read(x, 135, 'q8_0'), 'ERR_INVALID_SHAPE', 'blocks is [135] but [2, 64] in q8_0 is [136] bytes')
  await throws(
    () => read(narrow, 51, 'q8_0'),
    'ERR_INVALID_SHAPE',
    'dequantize: y is [2, 48] but K must be a multiple of 32',
  )
  await throws(() => read(x, 144, 'q4_k'), 'ERR_INVALID_SHAPE', 'K must be a multiple of 256, the block of q4_k')
  await throws(
    () => read(x, 136, 'q8_1'),
    'ERR_INVALID_ARGUMENT',
    "dequantize: storage: there is no storage 'q8_1'; there are 'f32', 'bf16'",
  )
  await throws(() => read(x, 136, 7), 'ERR_INVALID_ARGUMENT', "dequantize: storage must be a storage's name")
  const write = async (storage: unknown, count: number) =>
    kernels.run('quantize', { x, blocks: await bytes(count), storage: untyped<WritableStorage>(storage) })
  await throws(
    () => write('q4_k', 0),
    'ERR_INVALID_ARGUMENT',
    'quantize: q4_k can only be read; f32, bf16, f16, nf4, nf4d, q8_0 and q4_0',
  )
  await throws(() => write('nf4', 71), 'ERR_INVALID_SHAPE', 'is [72] bytes')
  await throws(
    () => kernels.run('quantize', { x, blocks: x, storage: 'f32' }),
    'ERR_INVALID_DTYPE',
    'blocks is f32 but must be u8',
  )
})

test('u8 tensors come back as they went in', async () => {
  await using kernels = await Kernels.open({ device: 'cpu' })
  const data = Uint8Array.from({ length: 259 }, (_, i) => i)
  const tensor = await kernels.tensor([7, 37], { dtype: 'u8', data })
  assert.deepEqual(await tensor.read(), data)
  assert.equal((await tensor.read()).buffer.byteLength, data.length)
  assert.deepEqual(await (await kernels.tensor([3], { dtype: 'u8' })).read(), new Uint8Array(3))
  assert.deepEqual(await (await kernels.tensor([0], { dtype: 'u8' })).read(), new Uint8Array(0))
})
