import { resolve } from 'node:path'
import type { AdaptedModule, LinearModule } from '../adapter/adapted-modules.js'
import type { CompleteAdapterConfig } from '../adapter/adapter-config.js'
import { writeAdapterFolder } from '../adapter/adapter-folder.js'
import { loraNames } from '../adapter/peft-names.js'
import type { Prompting } from '../adapter/prompting.js'
import type { BaseFingerprint } from '../adapter/xling-json.js'
import { XlingError } from '../binding/errors.js'
import { ignoreDisposed, settle } from '../binding/job.js'
import { native } from '../binding/load.js'
import type { NativeAdapter, NativeJob, NativeModel } from '../binding/native-types.js'
import { type ParameterOwner, type Parameters, readParameters, writeParameters } from './parameters.js'

/** The model that an adapter is on. */
export interface AdapterBase {
  readonly model: NativeModel
  /** Its linear layers. */
  readonly modules: readonly LinearModule[]
  /** As PEFT calls what the model does. */
  readonly taskType: 'CAUSAL_LM' | 'FEATURE_EXTRACTION'
  /** What it was loaded from. */
  readonly source: string | undefined
  fingerprint(): Promise<BaseFingerprint>
  /** Puts another adapter beside its weights. @throws XlingError `ERR_INVALID_ARGUMENT` for a name that is taken */
  add(where: string, name: string, config: CompleteAdapterConfig, made: MadeAdapter): Adapter
  /** Makes the adapter's name free again. */
  forget(adapter: Adapter): void
}

/** How an adapter came to be. */
export interface MadeAdapter {
  readonly adapted: readonly AdaptedModule[]
  /** Whether `accumulate` may train it. */
  readonly trainable: boolean
  /** Gives it its factors. */
  readonly fill: (handle: NativeAdapter) => NativeJob<void>
  readonly signal?: AbortSignal | undefined
  /** How it was asked in training, if it was and knows. */
  readonly prompting?: Prompting | undefined
}

export interface AdapterParts extends Omit<MadeAdapter, 'fill' | 'signal'> {
  readonly base: AdapterBase
  readonly handle: NativeAdapter
  /** The engine's names of its factors, and those in its file. */
  readonly names: ReadonlyMap<string, string>
  /** Settles when its factors are on the device. */
  readonly ready: Promise<void>
}

const partsOf = new WeakMap<Adapter, AdapterParts>()
const promptings = new WeakMap<Adapter, Prompting>()
const disposed = new WeakSet<Adapter>()

/** A LoRA adapter on a model (Hu et al. 2022), which `addAdapter` or `loadAdapter` made. */
export class Adapter {
  readonly name: string
  readonly config: CompleteAdapterConfig
  #disposed: Promise<void> | undefined

  constructor(name: string, config: CompleteAdapterConfig, parts: AdapterParts) {
    this.name = name
    this.config = config
    partsOf.set(this, parts)
    setPrompting(this, parts.prompting)
  }

  /**
   * How `train` asked it for answers, last; its folder keeps that. Undefined where it was not trained on pairs of
   * sentences, or xling did not train it.
   */
  get prompting(): Prompting | undefined {
    return promptings.get(this)
  }

  /**
   * Writes a folder that PEFT loads: adapter_config.json, adapter_model.safetensors (f32), and beside them xling.json,
   * by which xling refuses to load it on another base, and knows how it was asked. A folder that was left half-written
   * does not load.
   * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`
   */
  async save(folder: string): Promise<void> {
    const { base, adapted, names } = this.#parts()
    const { modules, taskType, source: baseModel } = base
    const written = { config: this.config, adapted, modules, taskType, baseModel }
    const { prompting } = this
    const own = { base: await base.fingerprint(), ...(prompting && { prompting }) }
    await writeAdapterFolder(resolve(folder), { ...written, ...own }, async path => {
      const handle = await nativeAdapter(this)
      await settle(() => native.saveAdapter(handle, path, [...names]))
    })
  }

  /** Copies of the factors, under their names in adapter_model.safetensors. */
  async parameters(): Promise<Parameters> {
    await nativeAdapter(this)
    return readParameters(this.#owner(), 'values')
  }

  /** Copies of the gradients of the mean over all that was accumulated since `zeroGrad()`; zero if nothing was. */
  async gradients(): Promise<Parameters> {
    await nativeAdapter(this)
    return readParameters(this.#owner(), 'gradients')
  }

  /**
   * Sets all factors.
   * @throws XlingError `ERR_INVALID_ARGUMENT` for a name too few or too many, `ERR_INVALID_SHAPE`, `ERR_NON_FINITE`;
   * nothing is changed then
   */
  async setParameters(values: Parameters): Promise<void> {
    await nativeAdapter(this)
    return writeParameters(this.#owner(), `adapter '${this.name}': setParameters`, values)
  }

  /** Frees its memory and its name; safe to repeat. */
  dispose(): Promise<void> {
    if (this.#disposed) return this.#disposed
    const { base, handle, ready } = this.#parts()
    base.forget(this)
    disposed.add(this)
    this.#disposed = ready.catch(() => {}).then(() => ignoreDisposed(settle(() => native.disposeAdapter(handle))))
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  #parts(): AdapterParts {
    return checkAlive(this, partsOf.get(this) as AdapterParts)
  }

  #owner(): ParameterOwner {
    const { base, handle, names } = this.#parts()
    return { model: base.model, adapter: handle, names }
  }
}

/** Says how it is asked from now on. */
export function setPrompting(adapter: Adapter, prompting: Prompting | undefined): void {
  if (prompting) promptings.set(adapter, prompting)
  else promptings.delete(adapter)
}

/** The engine's names of factors, and those in an adapter's file. */
export function factorNames(adapted: readonly AdaptedModule[]): Map<string, string> {
  return new Map(
    adapted.flatMap(({ slot, name }) => {
      const { a, b } = loraNames(name)
      return [[`${slot}.a`, a] as const, [`${slot}.b`, b] as const]
    }),
  )
}

/** The names of its factors, in the engine's order. */
export function factorNamesOf(adapter: Adapter): Iterable<string> {
  return (partsOf.get(adapter) as AdapterParts).names.values()
}

/** What trains of it, once there are factors behind it. @throws XlingError `ERR_INVALID_ARGUMENT` for one that may not */
export async function trainableOwnerOf(where: string, given: unknown, model: NativeModel): Promise<ParameterOwner> {
  const adapter = trainableHandleOf(where, given, model)
  await nativeAdapter(given as Adapter)
  return { model, adapter, names: (partsOf.get(given as Adapter) as AdapterParts).names }
}

/** Its handle, once there are factors behind it. */
export async function nativeAdapter(adapter: Adapter): Promise<NativeAdapter> {
  const { handle, ready } = partsOf.get(adapter) as AdapterParts
  await ready
  return handle
}

/**
 * The handle of an adapter of this model, which may not have its factors yet: work that is given to the device now
 * comes after them.
 * @throws XlingError `ERR_INVALID_ARGUMENT` for anything else
 */
export function handleOf(where: string, given: unknown, model: NativeModel): NativeAdapter {
  return partsOn(where, given, model).handle
}

/** The same, of an adapter that may be trained. */
export function trainableHandleOf(where: string, given: unknown, model: NativeModel): NativeAdapter {
  const { handle, trainable } = partsOn(where, given, model)
  if (trainable) return handle
  const { name } = given as Adapter
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `${where} '${name}' was loaded to be used as it is; load it with trainable: true`,
  )
}

/** What is behind an adapter of any model. @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_DISPOSED` */
export function livePartsOf(where: string, given: unknown): AdapterParts {
  const parts = given instanceof Adapter ? partsOf.get(given) : undefined
  if (parts) return checkAlive(given as Adapter, parts)
  throw new XlingError('ERR_INVALID_ARGUMENT', `${where} must be an Adapter, as addAdapter and loadAdapter give`)
}

function partsOn(where: string, given: unknown, model: NativeModel): AdapterParts {
  const parts = livePartsOf(where, given)
  if (parts.base.model === model) return parts
  throw new XlingError('ERR_INVALID_ARGUMENT', `${where} is an adapter of another model; load it on this one`)
}

function checkAlive(adapter: Adapter, parts: AdapterParts): AdapterParts {
  if (!disposed.has(adapter)) return parts
  throw new XlingError('ERR_DISPOSED', `the adapter '${adapter.name}' was disposed; add or load it again`)
}
