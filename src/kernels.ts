/**
 * xling's kernels, one by one: for benches, and for whoever wants a single one.
 * What each computes is said in `native/kernels/<name>.h`.
 *
 * ```ts
 * await using kernels = await Kernels.open()
 * const x = await kernels.tensor([2, 3], { data: new Float32Array([1, 2, 3, 4, 5, 6]) })
 * const weight = await kernels.tensor([3], { data: new Float32Array([1, 1, 1]) })
 * const y = await kernels.tensor([2, 3])
 * await kernels.run('rms_norm', { x, weight, y, eps: 1e-6 })
 * console.log(await y.read())
 * ```
 *
 * @module
 */

export { type ErrorCode, XlingError } from './binding/errors.js'
export type {
  Activation,
  KernelFields,
  KernelName,
  Matrix,
  Pooling,
  WritableStorage,
} from './binding/kernel-fields.js'
export { Kernels, KernelTensor, KernelWeight, type RunResult } from './binding/kernels.js'
export type { DeviceInfo, DType, Storage, TensorData } from './binding/native-types.js'
