// How vectors are written to a file, by its ending.

export interface VectorFormat {
  /** What comes first. */
  begin(rows: number, width: number): string | Uint8Array
  /** @param vectors `[texts, width]`, row-major */
  rows(texts: readonly string[], vectors: Float32Array, width: number): string | Uint8Array
}

/** https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0 */
const npy: VectorFormat = {
  begin(rows, width) {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${width}), }`
    // With its line break, what is before the numbers is a multiple of 64 bytes.
    const before = 10
    const length = Math.ceil((before + header.length + 1) / 64) * 64 - before
    const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, length & 0xff, length >> 8])
    return Buffer.concat([start, Buffer.from(`${header.padEnd(length - 1)}\n`, 'latin1')])
  },
  rows: (_, { buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength),
}

const jsonl: VectorFormat = {
  begin: () => '',
  rows: (texts, vectors, width) =>
    texts
      .map((text, i) => `${JSON.stringify({ text, vector: [...vectors.subarray(i * width, (i + 1) * width)] })}\n`)
      .join(''),
}

export const vectorFormats: Readonly<Record<string, VectorFormat>> = { '.npy': npy, '.jsonl': jsonl }
