// Events of TensorBoard: protocol buffers (tensorboard/compat/proto/event.proto, summary.proto) in records
// (tensorflow/core/lib/io/record_writer.h).
import crc32c from 'crc-32/crc32c.js'

/** A record that begins a file of events. */
export function versionRecord(wallTime: number): Buffer {
  // Event.file_version
  return record(Buffer.concat([double(1, wallTime), bytes(3, Buffer.from('brain.Event:2'))]))
}

/**
 * A record of one step's numbers.
 * @param wallTime seconds since 1970
 * @param step a whole number above 0
 * @param scalars by tag; kept as f32
 */
export function scalarsRecord(wallTime: number, step: number, scalars: Iterable<readonly [string, number]>): Buffer {
  // Summary.Value.tag and simple_value, inside of Summary.value
  const values = [...scalars].map(([tag, value]) =>
    bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])),
  )
  // Event.wall_time, step, summary
  return record(Buffer.concat([double(1, wallTime), whole(2, step), bytes(5, Buffer.concat(values))]))
}

/** uint64 length, its checksum, the data, its checksum; all little-endian. */
function record(data: Buffer): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(data.length))
  return Buffer.concat([length, checksum(length), data, checksum(data)])
}

/** CRC-32C, rotated and shifted as the format has it, so that a checksum of data that hold checksums is a good one. */
function checksum(data: Buffer): Buffer {
  const crc = crc32c.buf(data) >>> 0
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(masked)
  return bytes
}

// Fields of a message: the number with how the value is laid out (0 varint, 1 eight bytes, 2 length and bytes, 5 four
// bytes), then the value. All numbers here are below 16, so that it takes one byte.

function whole(field: number, value: number): Buffer {
  return Buffer.from([field << 3, ...varint(value)])
}

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = (field << 3) | 1
  bytes.writeDoubleLE(value, 1)
  return bytes
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(value.length)]), value])
}

function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes[0] = (field << 3) | 5
  bytes.writeFloatLE(value, 1)
  return bytes
}

/** Seven bits a byte, the lowest first; all but the last byte have the highest bit set. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}
