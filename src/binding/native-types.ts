// The whole boundary to the native addon, typed. Handles are opaque: the addon
// recognises its own and refuses everything else.

declare const kind: unique symbol

export type NativeContext = { readonly [kind]: 'context' }
export type NativeTensor = { readonly [kind]: 'tensor' }
export type NativeModel = { readonly [kind]: 'model' }
export type NativeGeneration = { readonly [kind]: 'generation' }
export type NativeWeights = { readonly [kind]: 'weights' }

/** Work under way. `cancel()` after its end does nothing. */
export interface NativeJob<T> {
  promise: Promise<T>
  cancel(): void
}

/** What a kernel can be given: rank up to 4, dense, row-major. `'u8'` is bytes, as of a quantised matrix. */
export type DType = 'f32' | 'bf16' | 'i32' | 'u8'

/** How a matrix keeps its numbers: `native/core/storage.h`. */
export type Storage =
  | 'f32'
  | 'bf16'
  | 'f16'
  | 'nf4'
  | 'nf4d'
  | 'q8_0'
  | 'q4_0'
  | 'q4_1'
  | 'q5_0'
  | 'q5_1'
  | 'q4_k'
  | 'q5_k'
  | 'q6_k'

export interface DeviceInfo {
  /** `'cpu'` or `'cuda'` */
  name: string
  /** The instruction set that runs: `'portable'`, `'avx2'`, `'avx512'`; `'sm_90'` and the like on CUDA. */
  isa: string
  /** Why it is this device. */
  why: string
  /** CPU threads that its kernels use. */
  threads: number
}

export interface HostInfo {
  /** Instruction sets this machine can run, the widest first. */
  isas: string[]
  errorCodes: string[]
  kernels: string[]
  /** Size of the thread pool: `XLING_THREADS`, or min(physical cores, affinity, container quota). */
  threads: number
  physicalCores: number
  /** Container CPU quota in threads, 0 if there is none. */
  quotaThreads: number
  /** Bytes; the container's limit where there is one. */
  memoryTotal: number
  memoryFree: number
  /** Where a CUDA module is looked for. */
  cudaModule: string
}

export interface NativeKernelRun {
  /** Seconds of each repeat. */
  seconds: Float64Array
  /** Bytes that one run must move at the least. */
  bytes: number
}

export interface NativeAddon {
  setErrorClass(errorClass: new (code: never, message: string) => Error): void
  describeHost(): HostInfo
  openContext(device: string): NativeJob<NativeContext>
  describeDevice(context: NativeContext): DeviceInfo
  disposeContext(context: NativeContext): NativeJob<void>
  createTensor(
    context: NativeContext,
    dtype: DType,
    shape: readonly number[],
    data?: TensorData,
  ): NativeJob<NativeTensor>
  /** A frozen weight, from its storage's bytes; `readTensor` gives them back. */
  createWeight(
    context: NativeContext,
    storage: Storage,
    shape: readonly number[],
    bytes: Uint8Array,
  ): NativeJob<NativeTensor>
  readTensor(tensor: NativeTensor): NativeJob<TensorData>
  disposeTensor(tensor: NativeTensor): NativeJob<void>
  runKernel(
    context: NativeContext,
    name: string,
    fields: Record<string, NativeTensor | number | string | undefined>,
    repeat: number,
  ): NativeJob<NativeKernelRun>
}

/** A tensor in a file. */
export interface NativeFileTensor {
  readonly name: string
  /** As the file's format spells it: `'BF16'`, `'Q4_K'`. */
  readonly type: string
  /** Row-major, outermost first. */
  readonly shape: readonly number[]
}

/** What of a tensor fills a slot, and how its numbers become those that the slot means. */
export interface NativeFilling {
  readonly slot: string
  readonly tensor: string
  /**
   * Heads whose rows the file has as pairs (0, D/2), (1, D/2 + 1), …, where the slot has 0 … D - 1 in order; 0: as they
   * are.
   */
  readonly pairedHeads?: number
  /** Added to every number of a vector; default 0. */
  readonly shift?: number
}

/** A prompt, and how it is continued: every setting, with no default. */
export interface NativePrompt {
  readonly ids: Int32Array
  readonly maxNewTokens: number
  readonly seed: number
  readonly key: number
  readonly temperature: number
  readonly topK: number
  readonly topP: number
  readonly minP: number
  readonly repetitionPenalty: number
}

/** What some steps added to one row; of a row that stops, the stop is not part. */
export interface NativeAdded {
  readonly row: number
  readonly ids: Int32Array
  readonly finish: '' | 'stop' | 'length'
}

// Models. `slots` pairs the engine's slots with names of tensors in files.
export interface NativeAddon {
  /** `spec` is a DecoderSpec of src/model/decoder-spec.ts, and checked there and here. */
  createDecoder(context: NativeContext, spec: object): NativeModel
  /** Maps safetensors files; all names must differ. */
  openWeights(paths: readonly string[]): NativeJob<{ handle: NativeWeights; tensors: NativeFileTensor[] }>
  /** Maps a GGUF file; `types` has the type of every key. */
  openGguf(path: string): NativeJob<{ handle: NativeWeights; tensors: NativeFileTensor[]; types: [string, string][] }>
  /** An array of numbers or booleans is a Float64Array. */
  ggufValue(file: NativeWeights, key: string): string | number | boolean | string[] | Float64Array
  /** The numbers of a tensor of f32; of at most 1 MiB. */
  fileNumbers(file: NativeWeights, tensor: string): Float32Array
  fillModel(
    model: NativeModel,
    weights: NativeWeights,
    fillings: readonly NativeFilling[],
    options: { trainable: boolean; quantize?: Storage | undefined },
  ): NativeJob<void>
  initModel(model: NativeModel, seed: number, deviation: number): NativeJob<void>
  saveModel(
    model: NativeModel,
    path: string,
    slots: readonly (readonly [string, string])[],
    dtype: Storage,
  ): NativeJob<void>
  hiddenStates(model: NativeModel, ids: Int32Array, layer: number): NativeJob<Float32Array>
  logits(model: NativeModel, ids: Int32Array, places: Int32Array): NativeJob<Float32Array>
  loss(model: NativeModel, ids: Int32Array, labels: Int32Array): NativeJob<{ sum: number; count: number }>
  createGeneration(
    model: NativeModel,
    prompts: readonly NativePrompt[],
    options: { slots: number; stops: Int32Array },
  ): NativeJob<NativeGeneration>
  /** At most `steps` forwards, each of which adds a token to every row that has read its prompt; one, if it reads some. */
  advanceGeneration(
    generation: NativeGeneration,
    steps: number,
    dropped: Int32Array,
  ): NativeJob<{ done: boolean; added: NativeAdded[] }>
  disposeGeneration(generation: NativeGeneration): NativeJob<void>
  estimateModel(
    model: NativeModel,
    work: { task: string; tokens: number; rows: number; newTokens: number },
  ): { weights: number; cache: number; workspace: number }
}

export type TensorData = Float32Array | Int32Array | Uint8Array
