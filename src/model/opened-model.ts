// A decoder that was found and understood, but has no weights in memory yet.
import { settle } from '../binding/job.js'
import { native } from '../binding/load.js'
import type { NativeFilling, NativeWeights } from '../binding/native-types.js'
import { Tokenizer } from '../tokenizer/tokenizer.js'
import type { Architecture } from './architectures/architecture.js'
import { architectureOf } from './architectures/index.js'
import type { DecoderSpec } from './decoder-spec.js'
import { type Sampling, samplingOfFolder } from './generate/sampling.js'
import { openGgufModel } from './gguf/open-gguf.js'
import { readModelFolder } from './model-folder.js'
import { resolveWeights } from './resolve-weights.js'
import { type Companions, companionsOfFolder } from './save-folder.js'
import { resolveSource } from './source.js'

export interface OpenedModel {
  /** The folder or file, whole path. */
  readonly from: string
  readonly architecture: Architecture
  /** As a config.json has it. */
  readonly config: object
  readonly spec: DecoderSpec
  readonly weights: NativeWeights
  readonly fillings: readonly NativeFilling[]
  /** Undefined if there is none. */
  readonly tokenizer: (() => Tokenizer) | undefined
  /** How it draws tokens if nobody says otherwise. */
  readonly sampling: Sampling
  /** What goes with the weights when the model is saved. */
  readonly companions: Companions
}

/**
 * @param source a folder in Hugging Face's layout, a .gguf file, or a hub id
 * @throws XlingError what `Decoder.load` does, but for want of memory
 */
export async function openModel(source: string, signal?: AbortSignal): Promise<OpenedModel> {
  const found = await resolveSource(source, { signal })
  return found.kind === 'gguf' ? openGgufModel(found.file, signal) : openFolder(found.folder, signal)
}

async function openFolder(folder: string, signal?: AbortSignal): Promise<OpenedModel> {
  const { config, weightFiles } = await readModelFolder(folder)
  const architecture = architectureOf(config)
  const spec = architecture.spec(config)
  const { handle, tensors } = await settle(() => native.openWeights(weightFiles), signal)
  const names = tensors.map(({ name }) => name)
  const slots = resolveWeights(architecture, spec, names)
  return {
    from: folder,
    architecture,
    config,
    spec,
    weights: handle,
    fillings: [...slots].map(([slot, tensor]) => ({ slot, tensor })),
    tokenizer: await Tokenizer.deferred(folder),
    sampling: await samplingOfFolder(folder),
    companions: companionsOfFolder(folder),
  }
}
