// How pages are decompressed.
import { type Compressors, compressors, decompressZstd } from 'hyparquet-compressors'

/** By codec. Left to itself, zstd's would give as much as a page says in its own frames, and not what its header says. */
export const codecs: Compressors = {
  ...compressors,
  ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)),
}
