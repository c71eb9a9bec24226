// A GGUF file, opened: what it says of itself, and its tensors for the engine to read.
import { settle } from '../binding/job.js'
import { native } from '../binding/load.js'
import type { NativeFileTensor, NativeWeights } from '../binding/native-types.js'
import { GgufFileMetadata } from './gguf-metadata.js'

export interface GgufFile {
  readonly metadata: GgufFileMetadata
  readonly tensors: ReadonlyMap<string, NativeFileTensor>
  readonly weights: NativeWeights
  /** The numbers of a small tensor of f32: at most 1 MiB. @throws XlingError `ERR_UNSUPPORTED_FILE` for any other */
  numbers(tensor: string): Float32Array
}

/**
 * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`, `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE`
 */
export async function openGguf(file: string, signal?: AbortSignal): Promise<GgufFile> {
  const { handle, types, tensors } = await settle(() => native.openGguf(file), signal)
  return {
    metadata: new GgufFileMetadata(file, types, key => native.ggufValue(handle, key)),
    tensors: new Map(tensors.map(tensor => [tensor.name, tensor])),
    weights: handle,
    numbers: tensor => native.fileNumbers(handle, tensor),
  }
}
