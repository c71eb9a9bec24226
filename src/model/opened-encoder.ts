// An encoder that was found and understood, but has no weights in memory yet.
import { XlingError } from '../binding/errors.js'
import { settle } from '../binding/job.js'
import { native } from '../binding/load.js'
import type { NativeFilling, NativeWeights } from '../binding/native-types.js'
import { Tokenizer } from '../tokenizer/tokenizer.js'
import type { EncoderArchitecture } from './architectures/architecture.js'
import { encoderArchitectureOf } from './architectures/index.js'
import type { EncoderSpec } from './encoder-spec.js'
import { readModelFolder } from './model-folder.js'
import { resolveWeights } from './resolve-weights.js'
import { type Companions, companionsOfFolder } from './save-folder.js'
import { type Dense, denseSlots } from './sentence-transformers/dense.js'
import { modulesFile, readModuleFolders } from './sentence-transformers/module-list.js'
import { plainSetup, readSentenceSetup } from './sentence-transformers/read.js'
import type { SentenceSetup } from './sentence-transformers/setup.js'
import { resolveSource } from './source.js'

export interface OpenedEncoder {
  /** The folder, whole path. */
  readonly from: string
  readonly architecture: EncoderArchitecture
  /** As a config.json has it. */
  readonly config: object
  /** Its pooler is that of the folder's module Dense where there is one. */
  readonly spec: EncoderSpec
  readonly weights: NativeWeights
  readonly fillings: readonly NativeFilling[]
  /** Undefined if there is none. */
  readonly tokenizer: (() => Tokenizer) | undefined
  readonly sentences: SentenceSetup
  /** What goes with the weights when the model is saved. */
  readonly companions: Companions
}

/**
 * @param source a folder in the layout of Hugging Face or of sentence-transformers, or a hub id
 * @throws XlingError what `Encoder.load` does, but for want of memory
 */
export async function openEncoder(source: string, signal?: AbortSignal): Promise<OpenedEncoder> {
  const found = await resolveSource(source, { signal, orDescribedBy: modulesFile })
  if (found.kind === 'gguf')
    throw new XlingError(
      'ERR_UNSUPPORTED_FILE',
      `${found.file} is a GGUF file, and xling reads encoders from folders; give the model's Hugging Face folder`,
    )
  const { folder } = found
  const modules = await readModuleFolders(folder)
  const modelFolder = modules?.Transformer ?? folder
  const { config, weightFiles } = await readModelFolder(modelFolder)
  const architecture = encoderArchitectureOf(config)
  const sizes = architecture.spec(config, [])
  const { setup: sentences, dense } = modules
    ? await readSentenceSetup(folder, modules, sizes, signal)
    : { setup: await plainSetup(folder, sizes), dense: undefined }
  const files = [...weightFiles, ...(dense ? [dense.weightsFile] : [])]
  const { handle, tensors } = await settle(() => native.openWeights(files), signal)
  const names = tensors.map(({ name }) => name)
  return {
    from: folder,
    architecture,
    config,
    ...filled(architecture, config, { names, dense }),
    weights: handle,
    tokenizer: await Tokenizer.deferred(modelFolder),
    sentences,
    companions: companionsOfFolder(modelFolder),
  }
}

/** The spec, and what fills its slots: of its pooler, the module Dense. */
function filled(
  architecture: EncoderArchitecture,
  config: object,
  { names, dense }: { names: readonly string[]; dense: Dense | undefined },
): Pick<OpenedEncoder, 'spec' | 'fillings'> {
  const denseNames = new Map(dense ? denseSlots(dense.pooler) : [])
  const missing = [...denseNames.values()].filter(name => !names.includes(name))
  if (missing.length > 0)
    throw new XlingError('ERR_WEIGHTS_MISMATCH', `${dense?.weightsFile} has no ${missing.join(' and no ')}`)
  const own = names.filter(name => ![...denseNames.values()].includes(name))
  const spec = architecture.spec(config, own)
  const slots = resolveWeights(architecture, spec, own)
  if (dense) for (const slot of ['pooler', 'pooler.bias']) slots.delete(slot)
  return {
    spec: dense ? { ...spec, pooler: dense.pooler } : spec,
    fillings: [...slots, ...denseNames].map(([slot, tensor]) => ({ slot, tensor })),
  }
}
