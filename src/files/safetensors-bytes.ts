// A small safetensors file: 8 bytes of header length, a header in JSON, the tensors' bytes.

/** Vectors of f32 by name. */
export function safetensorsBytes(vectors: Readonly<Record<string, Float32Array>>): Uint8Array {
  let end = 0
  const entries = Object.entries(vectors).map(([name, { length, byteLength }]) => {
    const begin = end
    end += byteLength
    return [name, { dtype: 'F32', shape: [length], data_offsets: [begin, end] }]
  })
  const header = Buffer.from(JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) }))
  // The tensors begin at a multiple of 8 bytes; spaces are part of the JSON.
  const padded = Buffer.concat([header, Buffer.alloc(-header.length & 7, ' ')])
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  const data = Object.values(vectors).map(numbers =>
    Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength),
  )
  return Buffer.concat([length, padded, ...data])
}
