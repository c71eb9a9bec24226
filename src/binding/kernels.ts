import { XlingError } from './errors.js'
import { ignoreDisposed, settle } from './job.js'
import type { KernelFields, KernelName } from './kernel-fields.js'
import { native } from './load.js'
import type {
  DeviceInfo,
  DType,
  NativeContext,
  NativeKernelRun,
  NativeTensor,
  Storage,
  TensorData,
} from './native-types.js'
import { checkOptions } from './options.js'

export type RunResult = NativeKernelRun

const handles = new WeakMap<object, NativeTensor>()

/** Device memory with an owner. */
abstract class OnDevice {
  readonly shape: readonly number[]
  #disposed: Promise<void> | undefined

  constructor(handle: NativeTensor, shape: readonly number[]) {
    this.shape = Object.freeze([...shape])
    handles.set(this, handle)
  }

  /** Gives its memory back; safe to repeat. */
  dispose(): Promise<void> {
    this.#disposed ??= ignoreDisposed(settle(() => native.disposeTensor(handleOf(this))))
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}

function handleOf(object: object): NativeTensor {
  return handles.get(object) as NativeTensor
}

/** A dense tensor in a device's memory. */
export class KernelTensor extends OnDevice {
  readonly dtype: DType

  /** @internal Made by {@link Kernels.tensor}. */
  constructor(handle: NativeTensor, shape: readonly number[], dtype: DType) {
    super(handle, shape)
    this.dtype = dtype
  }

  /** A copy of its elements, row-major; bf16 is widened to f32. */
  async read(options: { signal?: AbortSignal } = {}): Promise<TensorData> {
    checkOptions('KernelTensor.read', options, ['signal'])
    return settle(() => native.readTensor(handleOf(this)), options.signal)
  }
}

/** A frozen matrix [N, K], laid in the device's memory as its kernels multiply by it. */
export class KernelWeight extends OnDevice {
  readonly storage: Storage

  /** @internal Made by {@link Kernels.weight}. */
  constructor(handle: NativeTensor, shape: readonly number[], storage: Storage) {
    super(handle, shape)
    this.storage = storage
  }

  /** Its storage's bytes, as they were given. */
  async read(options: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    checkOptions('KernelWeight.read', options, ['signal'])
    return (await settle(() => native.readTensor(handleOf(this)), options.signal)) as Uint8Array
  }
}

/** A device's kernels, and a queue of its own on that device. */
export class Kernels {
  readonly device: DeviceInfo
  readonly #context: NativeContext
  #disposed: Promise<void> | undefined

  private constructor(context: NativeContext) {
    this.#context = context
    this.device = native.describeDevice(context)
  }

  /**
   * @param options.device `'auto'` (default: the best there is, why in `device.why`), `'cpu'` or `'cuda'` (never falls back)
   * @throws XlingError `ERR_DEVICE_UNAVAILABLE`, `ERR_ISA_UNAVAILABLE`
   */
  static async open(options: { device?: 'auto' | 'cpu' | 'cuda'; signal?: AbortSignal } = {}): Promise<Kernels> {
    checkOptions('Kernels.open', options, ['device', 'signal'])
    return new Kernels(await settle(() => native.openContext(options.device ?? 'auto'), options.signal))
  }

  /**
   * A tensor on the device, copied from `data` or zero.
   * @param shape at most 4 whole numbers, outermost first
   * @param options.dtype `'f32'` (default), `'bf16'` (rounded from f32 data), `'i32'` or `'u8'`
   * @throws XlingError `ERR_INVALID_SHAPE`, `ERR_INVALID_DTYPE`, `ERR_OUT_OF_MEMORY`
   */
  async tensor(
    shape: readonly number[],
    options: { dtype?: DType; data?: TensorData; signal?: AbortSignal } = {},
  ): Promise<KernelTensor> {
    checkOptions('Kernels.tensor', options, ['dtype', 'data', 'signal'])
    const dtype = options.dtype ?? 'f32'
    const start = () => native.createTensor(this.#context, dtype, shape, options.data)
    return new KernelTensor(await settle(start, options.signal), shape, dtype)
  }

  /**
   * A frozen weight from its storage's bytes: what `quantize` writes, a GGUF file has, or the bytes of a
   * Float32Array for `'f32'`.
   * @param shape [N, K], outputs first; K a multiple of the storage's block
   * @throws XlingError `ERR_INVALID_SHAPE`, `ERR_INVALID_DTYPE`, `ERR_INVALID_ARGUMENT`, `ERR_OUT_OF_MEMORY`
   */
  async weight(
    shape: readonly [number, number],
    options: { storage: Storage; data: Uint8Array; signal?: AbortSignal },
  ): Promise<KernelWeight> {
    checkOptions('Kernels.weight', options, ['storage', 'data', 'signal'])
    const { storage, data, signal } = options
    const start = () => native.createWeight(this.#context, storage, shape, data)
    return new KernelWeight(await settle(start, signal), shape, storage)
  }

  /**
   * Runs a kernel `repeat` times (default 1) on the device's queue.
   * @returns the seconds of each run, without queueing and copies, and the bytes that one run moves at the least
   * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_SHAPE`, `ERR_INVALID_DTYPE`, naming kernel and field
   */
  async run<Name extends KernelName>(
    name: Name,
    fields: KernelFields[Name],
    options: { repeat?: number; signal?: AbortSignal } = {},
  ): Promise<RunResult> {
    checkOptions('Kernels.run', options, ['repeat', 'signal'])
    return settle(
      () => native.runKernel(this.#context, name, nativeFields(name, fields), options.repeat ?? 1),
      options.signal,
    )
  }

  /** Aborts what runs, frees every tensor; safe to repeat. */
  dispose(): Promise<void> {
    this.#disposed ??= settle(() => native.disposeContext(this.#context))
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}

function nativeFields(name: string, fields: object): Record<string, NativeTensor | number | string | undefined> {
  if (typeof fields !== 'object' || fields === null)
    throw new XlingError('ERR_INVALID_ARGUMENT', `${name}: the fields must be an object`)
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [field, value instanceof OnDevice ? handleOf(value) : value]),
  )
}
