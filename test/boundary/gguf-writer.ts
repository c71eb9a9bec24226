// Small GGUF files for tests, put together by hand: version 3, alignment 32, tensors of zeros in f32.

type Value = number | string | boolean | readonly number[] | readonly string[]

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const u64 = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
const f32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)])

function scalar(value: number | string | boolean): { type: number; bytes: Buffer } {
  if (typeof value === 'string') return { type: 8, bytes: text(value) }
  if (typeof value === 'boolean') return { type: 7, bytes: Buffer.of(Number(value)) }
  return Number.isInteger(value) && value >= 0 ? { type: 4, bytes: u32(value) } : { type: 6, bytes: f32(value) }
}

function typed(value: Value): Buffer {
  if (typeof value !== 'object') {
    const { type, bytes } = scalar(value)
    return Buffer.concat([u32(type), bytes])
  }
  const items = value.map(scalar)
  return Buffer.concat([u32(9), u32(items[0]?.type ?? 4), u64(items.length), ...items.map(({ bytes }) => bytes)])
}

/** @param tensors shapes, row-major, or a vector's numbers */
export function ggufBytes(
  values: Readonly<Record<string, Value>>,
  tensors: Readonly<Record<string, readonly number[] | Float32Array>>,
): Buffer {
  const padded = (bytes: number) => Math.ceil(bytes / 32) * 32
  const data: Buffer[] = []
  let offset = 0
  const infos = Object.entries(tensors).map(([name, given]) => {
    const shape = given instanceof Float32Array ? [given.length] : given
    const count = shape.reduce((product, size) => product * size, 1)
    const bytes = Buffer.alloc(padded(4 * count))
    if (given instanceof Float32Array) given.forEach((value, i) => void bytes.writeFloatLE(value, 4 * i))
    data.push(bytes)
    const info = [text(name), u32(shape.length), ...[...shape].reverse().map(u64), u32(0), u64(offset)]
    offset += bytes.length
    return Buffer.concat(info)
  })
  const keys = Object.entries(values).map(([key, value]) => Buffer.concat([text(key), typed(value)]))
  const header = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(infos.length), u64(keys.length), ...keys, ...infos])
  return Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length), ...data])
}
