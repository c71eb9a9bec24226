// The whole boundary to the native addon, typed. Handles are opaque: the addon
// recognises its own and refuses everything else.

declare const kind: unique symbol

export type NativeContext = { readonly [kind]: 'context' }
export type NativeTensor = { readonly [kind]: 'tensor' }
export type NativeModel = { readonly [kind]: 'model' }
export type NativeAdapter = { readonly [kind]: 'adapter' }
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
  /** Whether the slot trains: then it is f32. */
  readonly trains?: boolean
}

/** A linear layer that an adapter adapts. */
export interface NativeSite {
  readonly slot: string
  readonly rank: number
  readonly scale: number
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
  readonly adapter?: NativeAdapter | undefined
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
    quantize: Storage | undefined,
  ): NativeJob<void>
  initModel(model: NativeModel, seed: number, deviation: number): NativeJob<void>
  saveModel(
    model: NativeModel,
    path: string,
    slots: readonly (readonly [string, string])[],
    dtype: Storage,
    merge?: readonly NativeTerm[],
  ): NativeJob<void>
  /** The numbers of a slot that is a vector. */
  readVector(model: NativeModel, slot: string): NativeJob<Float32Array>
  hiddenStates(model: NativeModel, ids: Int32Array, layer: number, adapter?: NativeAdapter): NativeJob<Float32Array>
  logits(model: NativeModel, ids: Int32Array, places: Int32Array, adapter?: NativeAdapter): NativeJob<Float32Array>
  loss(
    model: NativeModel,
    ids: Int32Array,
    labels: Int32Array,
    adapter?: NativeAdapter,
  ): NativeJob<{ sum: number; count: number }>
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
  estimateDecoder(
    model: NativeModel,
    work: { task: string; tokens: number; rows: number; newTokens: number; recompute: boolean; dropout: number },
    sites?: readonly NativeSite[],
  ): NativeNeeds
}

/** Bytes. */
export interface NativeNeeds {
  readonly weights: number
  readonly training: number
  readonly cache: number
  readonly workspace: number
}

// Encoders.
export interface NativeAddon {
  /** `spec` is an EncoderSpec of src/model/encoder-spec.ts, and checked there and here. */
  createEncoder(context: NativeContext, spec: object): NativeModel
  /** A vector for each row. */
  encode(
    model: NativeModel,
    rows: { readonly ids: Int32Array; readonly offsets: Int32Array },
    vector: NativeVector,
    adapter?: NativeAdapter,
  ): NativeJob<Float32Array>
  /** `tokens` are a row's; what is counted for training is an objective's of `accumulate`. */
  estimateEncoder(
    model: NativeModel,
    work: { task: string; tokens: number; rows: number } & NativeObjective & { recompute: boolean; dropout: number },
    sites?: readonly NativeSite[],
  ): NativeNeeds
}

/** What a sentence's vector is made of. */
export interface NativeVector {
  readonly pooling: 'first' | 'mean' | 'max'
  /** Whose vectors' mean it is, ascending. */
  readonly layers: Int32Array
  /** Whether that goes through the pooler. */
  readonly pooler: boolean
}

/** What a batch is learnt by; `vector` and `contrastive` are of that objective alone. */
export interface NativeObjective {
  readonly objective: 'sft' | 'contrastive' | 'masked-lm'
  readonly vector?: NativeVector
  readonly contrastive?: {
    readonly anchors: number
    readonly temperature: number
    readonly hardNegativeWeight: number
    readonly directions: 'forward' | 'both'
  }
}

// Learning. An adapter's factors are called `layers.3.query.a` and `layers.3.query.b`.
export interface NativeAddon {
  /** It has no factors yet. */
  createAdapter(model: NativeModel, dropout: number): NativeAdapter
  initAdapter(adapter: NativeAdapter, sites: readonly NativeSite[], seed: number): NativeJob<void>
  fillAdapter(
    adapter: NativeAdapter,
    sites: readonly NativeSite[],
    weights: NativeWeights,
    names: readonly (readonly [string, string])[],
  ): NativeJob<void>
  saveAdapter(adapter: NativeAdapter, path: string, names: readonly (readonly [string, string])[]): NativeJob<void>
  disposeAdapter(adapter: NativeAdapter): NativeJob<void>
  /** `known` are all adapters that may have gradients: what is aborted in the middle forgets theirs. */
  accumulate(
    model: NativeModel,
    batch: NativeBatch,
    options: NativeObjective & { seed: number; dropout: number; recompute: boolean; step: number | undefined },
    known: readonly NativeAdapter[],
  ): NativeJob<{ sum: number; count: number }>
  /** The norm before clipping. */
  optimizerStep(model: NativeModel, step: NativeStep): NativeJob<number>
  zeroGradients(model: NativeModel, adapters: readonly NativeAdapter[]): NativeJob<void>
  /** `names` pairs the engine's names of what trains with those in the file. */
  saveCheckpoint(
    model: NativeModel,
    adapter: NativeAdapter | undefined,
    path: string,
    names: readonly (readonly [string, string])[],
    state: string,
  ): NativeJob<void>
  /** What was given as `state`. */
  checkpointState(path: string): NativeJob<string>
  loadCheckpoint(
    model: NativeModel,
    adapter: NativeAdapter | undefined,
    path: string,
    names: readonly (readonly [string, string])[],
  ): NativeJob<void>
  /** Of an adapter, or of what trains of the model itself. */
  readParameters(
    model: NativeModel,
    adapter: NativeAdapter | undefined,
    which: 'values' | 'gradients',
  ): NativeJob<{ name: string; shape: number[]; data: Float32Array }[]>
  writeParameters(
    model: NativeModel,
    adapter: NativeAdapter | undefined,
    values: readonly { name: string; data: Float32Array }[],
  ): NativeJob<void>
}

// Sums of adapters.
export interface NativeAddon {
  /** Fills an adapter that has no factors yet; the scales of its sites are 1. */
  composeAdapter(
    adapter: NativeAdapter,
    sites: readonly NativeSite[],
    terms: readonly NativeTerm[],
    rule: 'delta' | 'factor-wise',
  ): NativeJob<void>
  mergeAdapters(
    model: NativeModel,
    terms: readonly NativeTerm[],
  ): NativeJob<{ from: Storage; to: Storage; matrices: number }[]>
  unmergeAdapters(model: NativeModel): NativeJob<void>
}

export interface NativeTerm {
  readonly adapter: NativeAdapter
  readonly weight: number
}

/** Rows to learn from. */
export interface NativeBatch {
  readonly ids: Int32Array
  readonly offsets: Int32Array
  /** Empty where the objective has none. */
  readonly labels: Int32Array
  /** `[B, 2]`, low and high words; empty: the rows seen since the gradients were zero. */
  readonly keys: Int32Array
  readonly adapters: readonly NativeAdapter[]
  /** `[B]`: index into `adapters`, -1 for none. */
  readonly rowAdapters: Int32Array
}

export interface NativeStep {
  readonly lr: number
  readonly weightDecay: number
  /** 0: none */
  readonly clip: number
  readonly beta1: number
  readonly beta2: number
  readonly eps: number
  /** An adapter, or the model itself; and which of its parameters, by their places, decay by nothing. */
  readonly targets: readonly { adapter: NativeAdapter | undefined; withoutDecay: Int32Array }[]
}

export type TensorData = Float32Array | Int32Array | Uint8Array
