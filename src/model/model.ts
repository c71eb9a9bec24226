import { resolve } from 'node:path'
import { adaptedModules, type LinearModule } from '../adapter/adapted-modules.js'
import { type AdapterConfig, type CompleteAdapterConfig, completeConfig } from '../adapter/adapter-config.js'
import { readAdapterFolder } from '../adapter/adapter-folder.js'
import { resolveAdapter } from '../adapter/peft-names.js'
import { type BaseFingerprint, checkBase, fingerprint } from '../adapter/xling-json.js'
import { XlingError } from '../binding/errors.js'
import { settle } from '../binding/job.js'
import { native } from '../binding/load.js'
import type {
  DeviceInfo,
  NativeAdapter,
  NativeContext,
  NativeModel,
  NativeTerm,
  Storage,
} from '../binding/native-types.js'
import { checkOptions } from '../binding/options.js'
import type { Tokenizer } from '../tokenizer/tokenizer.js'
import {
  Adapter,
  type AdapterBase,
  factorNames,
  factorNamesOf,
  handleOf,
  type MadeAdapter,
  nativeAdapter,
  trainableOwnerOf,
} from './adapter.js'
import { type AdapterSum, nativeSum } from './adapter-sum.js'
import { type ParameterOwner, type Parameters, readParameters, writeParameters } from './parameters.js'
import type { WeightNames } from './resolve-weights.js'
import { loadCheckpoint, saveCheckpoint } from './training/checkpoint.js'
import { nativeStep, type StepOptions, withoutDecay } from './training/step.js'
import { type Spelling, spelled, type Weight } from './weight-names.js'

export interface ModelParts {
  /** For messages. */
  readonly kind: 'Decoder' | 'Encoder'
  readonly context: NativeContext
  readonly model: NativeModel
  readonly names: Pick<WeightNames<never>, 'spellings' | 'isForeign'>
  /** How the names of linear layers are spelled in the folders of adapters. */
  readonly adapterSpelling: Spelling
  readonly weights: readonly Weight[]
  /** The slots that train. */
  readonly trainable: ReadonlySet<string>
  /** What it was loaded from, as that was given. */
  readonly source: string | undefined
  /** By which another base is recognised. */
  readonly sizes: BaseFingerprint['sizes']
  /** The slot of the last norm's gains, by which it is recognised, too. */
  readonly finalNorm: string
  /** The folder or file it came from; undefined where it was made from nothing. */
  readonly from: string | undefined
  /** Undefined if it came with none. */
  readonly tokenizer: (() => Tokenizer) | undefined
}

/** Matrices that merging changed, by how they are stored. */
export interface MergedMatrices {
  readonly from: Storage
  /** `from`, or bf16 where that can only be read: GGUF's K-quants, Q4_1, Q5_0 and Q5_1. */
  readonly to: Storage
  readonly matrices: number
}

/** What a decoder and an encoder have in common: a device, adapters, and learning. */
export abstract class Model {
  readonly device: DeviceInfo
  readonly #own: ModelParts
  readonly #adapters = new Map<string, Adapter>()
  #disposed: Promise<void> | undefined

  protected constructor(parts: ModelParts) {
    this.#own = parts
    this.device = native.describeDevice(parts.context)
  }

  /**
   * Made when it is first asked for, which takes this thread a second or two for a vocabulary of 262,144.
   * @throws XlingError `ERR_INVALID_TOKENIZER` if the model came without one, or with a malformed one
   */
  get tokenizer(): Tokenizer {
    const { tokenizer, from } = this.#own
    if (tokenizer) return tokenizer()
    const why = from === undefined ? 'a model made from nothing has none' : `${from} has no tokenizer.json`
    throw new XlingError('ERR_INVALID_TOKENIZER', `this model has no tokenizer: ${why}; give ids instead of text`)
  }

  /**
   * The residual stream of one row of tokens, `[T, H]`, row-major.
   * @param options.layer 0 is after the embedding block, n after block n; a decoder's last one after its final norm, too
   * @throws XlingError `ERR_INVALID_ARGUMENT` for a layer or an id that is none, or a row longer than the context
   */
  async hiddenStates(
    ids: Int32Array,
    options: { layer: number; adapter?: Adapter; signal?: AbortSignal },
  ): Promise<Float32Array> {
    const where = `${this.#own.kind}.hiddenStates`
    checkOptions(where, options, ['layer', 'adapter', 'signal'])
    const { layer, signal } = options
    const adapter = this.adapterHandle(`${where}: adapter`, options.adapter)
    if (!Number.isInteger(layer))
      throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: layer is ${layer} but must be a whole number`)
    return settle(() => native.hiddenStates(this.handle(), ids, layer, adapter), signal)
  }

  /**
   * Puts a new LoRA adapter beside the frozen weights. It adds nothing until it is trained: A is random, B zero.
   * @param name is free among this model's adapters
   * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`; a want of memory shows where the adapter is used
   */
  addAdapter(name: string, config: AdapterConfig = {}): Adapter {
    this.#checkName('addAdapter', name)
    const complete = completeConfig(name, config)
    const adapted = adaptedModules(name, complete, this.#modules())
    const fill = (handle: NativeAdapter) => native.initAdapter(handle, adapted, complete.seed)
    return this.#put(name, complete, { adapted, trainable: true, fill })
  }

  /**
   * Loads an adapter that xling or PEFT saved.
   * @param options.name default: the folder's own name
   * @param options.trainable whether `accumulate` may train it; default false
   * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE`, `ERR_WEIGHTS_MISMATCH` (also
   * for an adapter of another base), `ERR_NON_FINITE`, `ERR_OUT_OF_MEMORY`
   */
  async loadAdapter(
    folder: string,
    options: { name?: string; trainable?: boolean; signal?: AbortSignal } = {},
  ): Promise<Adapter> {
    checkOptions('loadAdapter', options, ['name', 'trainable', 'signal'])
    const { trainable = false } = options
    const { name = resolve(folder).split(/[\\/]/).at(-1) ?? folder, signal } = options
    this.#checkName('loadAdapter', name)
    const saved = await readAdapterFolder(folder)
    if (saved.base) checkBase(saved.xlingFile, saved.base, await this.#fingerprint())
    const { handle: weights, tensors } = await settle(() => native.openWeights([saved.weightsFile]), signal)
    const file = { file: saved.weightsFile, tensors: new Map(tensors.map(tensor => [tensor.name, tensor])) }
    const { spellings, isForeign } = this.#own.names
    const adapted = resolveAdapter(saved.config, file, {
      modules: this.#modules(),
      spellings: spellings.map(spelling => module => spelled(module, spelling)),
      isForeign,
    })
    const names = adapted.flatMap(({ slot, a, b }) => [[`${slot}.a`, a] as const, [`${slot}.b`, b] as const])
    const fill = (handle: NativeAdapter) => native.fillAdapter(handle, adapted, weights, names)
    this.#checkName('loadAdapter', name)
    const { config, prompting } = saved
    const adapter = this.#put(name, config, { adapted, trainable, fill, signal, prompting })
    try {
      await nativeAdapter(adapter)
    } catch (error) {
      await adapter.dispose()
      throw error
    }
    return adapter
  }

  /**
   * Adds adapters to the weights themselves, W + Σ weight · scale · B·A: the model then is what it was with them beside it,
   * up to rounding into the matrices' own storage, and as fast as without. What the weights were is kept in memory for
   * {@link unmerge}, as large as the matrices that change. While it is merged nothing can be learnt on it, a merged adapter
   * cannot be used beside it, and text that is being generated has to be begun anew. `save` writes merged weights; to have
   * such a folder alone, `save` with `merge` keeps no second copy of the matrices, and rounds less.
   * @param sum an adapter, or adapters with their weights, as `[[task, 1], [hausa, 0.5], [english, -0.5]]`
   * @returns how the matrices that changed are stored
   * @throws XlingError `ERR_ALREADY_MERGED`, `ERR_INVALID_ARGUMENT`, `ERR_NON_FINITE`, `ERR_OUT_OF_MEMORY`; nothing is changed then
   */
  async merge(sum: AdapterSum, options: { signal?: AbortSignal } = {}): Promise<MergedMatrices[]> {
    checkOptions('merge', options, ['signal'])
    const terms = nativeSum('merge', sum, this.handle())
    return settle(() => native.mergeAdapters(this.handle(), terms), options.signal)
  }

  /** Takes out what was merged: the weights are what they were, to the bit. Does nothing where nothing is merged. */
  async unmerge(): Promise<void> {
    await settle(() => native.unmergeAdapters(this.handle()))
  }

  /**
   * One step of AdamW on whatever has gradients since `zeroGrad()`, by the gradient of the mean over all that was
   * accumulated. The gradients stay.
   * @returns their norm before clipping
   * @throws XlingError `ERR_INVALID_ARGUMENT`, also when nothing was accumulated; `ERR_NON_FINITE` for a gradient that
   * is, and nothing is changed then
   */
  async step(options: StepOptions): Promise<{ gradNorm: number }> {
    const settings = nativeStep(options)
    const { noDecay } = options
    const targets = [
      { adapter: undefined, withoutDecay: withoutDecay(this.#trainableNames().values(), noDecay) },
      ...this.#live().map(({ adapter, names }) => ({ adapter, withoutDecay: withoutDecay(names, noDecay) })),
    ]
    const gradNorm = await settle(() => native.optimizerStep(this.handle(), { ...settings, targets }))
    return { gradNorm }
  }

  /** Forgets all gradients and what they were counted over. */
  async zeroGrad(): Promise<void> {
    await settle(() => native.zeroGradients(this.handle(), this.liveHandles()))
  }

  /** Copies of the model's own weights that train, under their names in Hugging Face's files. */
  parameters(): Promise<Parameters> {
    return readParameters(this.#owner(), 'values')
  }

  /** Copies of the gradients of the mean over all that was accumulated since `zeroGrad()`; zero if nothing was. */
  gradients(): Promise<Parameters> {
    return readParameters(this.#owner(), 'gradients')
  }

  /**
   * Sets all of the model's own weights that train.
   * @throws XlingError `ERR_INVALID_ARGUMENT` for a name too few or too many, `ERR_INVALID_SHAPE`, `ERR_NON_FINITE`;
   * nothing is changed then
   */
  async setParameters(values: Parameters): Promise<void> {
    await writeParameters(this.#owner(), 'setParameters', values)
  }

  /**
   * Writes what training needs to go on exactly: the values of what trains, what AdamW remembers of them, and the counts of
   * steps. What is accumulated is not in it: save between `zeroGrad()` and `accumulate()`. The file appears whole or not at
   * all.
   * @param options.adapter saves this one's; default: the model's own weights that train
   * @param options.state a text of the caller's that is kept with it
   * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`, `ERR_FILE_NOT_FOUND` for a folder that is not there,
   * `ERR_FILE_FAILED`, `ERR_DISK_FULL`
   */
  async saveCheckpoint(file: string, options: { adapter?: Adapter; state?: string } = {}): Promise<void> {
    checkOptions('saveCheckpoint', options, ['adapter', 'state'])
    await saveCheckpoint(await this.#trainee('saveCheckpoint', options.adapter), file, options.state ?? '')
  }

  /**
   * Takes up what {@link saveCheckpoint} wrote, on the same base with the same weights to train.
   * @returns the state that was saved with it
   * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`, `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`,
   * `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE` for a file of another kind, `ERR_WEIGHTS_MISMATCH` for what trains elsewhere,
   * `ERR_NON_FINITE`; nothing is changed then
   */
  async loadCheckpoint(file: string, options: { adapter?: Adapter } = {}): Promise<string> {
    checkOptions('loadCheckpoint', options, ['adapter'])
    return loadCheckpoint(await this.#trainee('loadCheckpoint', options.adapter), file)
  }

  /** Aborts what runs and frees the device's memory; safe to repeat. */
  dispose(): Promise<void> {
    this.#disposed ??= settle(() => native.disposeContext(this.#own.context))
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** @throws XlingError `ERR_DISPOSED` */
  protected handle(): NativeModel {
    if (this.#disposed) throw new XlingError('ERR_DISPOSED', 'this model was disposed; load it again')
    return this.#own.model
  }

  /** Of an option; undefined if it was left out. */
  protected adapterHandle(where: string, adapter: unknown): NativeAdapter | undefined {
    return adapter === undefined ? undefined : handleOf(where, adapter, this.handle())
  }

  /** Of `save`'s option. */
  protected mergeTerms(where: string, sum: AdapterSum | undefined): NativeTerm[] | undefined {
    return sum === undefined ? undefined : nativeSum(`${where}: merge`, sum, this.handle())
  }

  protected liveHandles(): NativeAdapter[] {
    return this.#live().map(({ adapter }) => adapter)
  }

  /** What `config` would adapt. */
  protected sitesOf(config: AdapterConfig): { sites: ReturnType<typeof adaptedModules>; dropout: number } {
    const complete = completeConfig('estimate', config)
    return { sites: adaptedModules('estimate', complete, this.#modules()), dropout: complete.dropout }
  }

  #live() {
    return [...this.#adapters.values()].map(one => ({
      adapter: handleOf('adapter', one, this.handle()),
      names: factorNamesOf(one),
    }))
  }

  #put(name: string, config: CompleteAdapterConfig, made: MadeAdapter): Adapter {
    const handle = native.createAdapter(this.handle(), config.dropout)
    const ready = settle(() => made.fill(handle), made.signal)
    // Whoever uses the adapter is told; nobody may.
    ready.catch(() => {})
    const { adapted, trainable, prompting } = made
    const parts = { base: this.#base(), handle, adapted, trainable, names: factorNames(adapted), ready, prompting }
    const adapter = new Adapter(name, config, parts)
    this.#adapters.set(name, adapter)
    return adapter
  }

  #base(): AdapterBase {
    return {
      model: this.handle(),
      modules: this.#modules(),
      taskType: this.#own.kind === 'Decoder' ? 'CAUSAL_LM' : 'FEATURE_EXTRACTION',
      source: this.#own.source,
      fingerprint: () => this.#fingerprint(),
      add: (where, name, config, made) => {
        this.#checkName(where, name)
        return this.#put(name, config, made)
      },
      forget: ({ name }) => this.#adapters.delete(name),
    }
  }

  async #fingerprint(): Promise<BaseFingerprint> {
    return fingerprint(this.#own.sizes, await settle(() => native.readVector(this.handle(), this.#own.finalNorm)))
  }

  #checkName(where: string, name: string): void {
    if (typeof name !== 'string' || name === '')
      throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: an adapter needs a name`)
    if (this.#adapters.has(name))
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        `${where}: this model has an adapter '${name}' already; choose another name, or dispose that one`,
      )
  }

  /** The linear layers of blocks. */
  #modules(): LinearModule[] {
    return this.#own.weights.flatMap(({ slot, name, shape: [outputs = 0, inputs] }) =>
      inputs === undefined || !slot.startsWith('layers.')
        ? []
        : [{ name: spelled(name.replace(/\.weight$/, ''), this.#own.adapterSpelling), slot, outputs, inputs }],
    )
  }

  async #trainee(where: string, adapter: Adapter | undefined): Promise<ParameterOwner> {
    return adapter === undefined ? this.#owner() : trainableOwnerOf(`${where}: adapter`, adapter, this.handle())
  }

  #owner(): ParameterOwner {
    return { model: this.handle(), names: this.#trainableNames() }
  }

  /** By slot, in the engine's order. */
  #trainableNames(): Map<string, string> {
    const { weights, trainable } = this.#own
    return new Map(weights.filter(({ slot }) => trainable.has(slot)).map(({ slot, name }) => [slot, name]))
  }
}
