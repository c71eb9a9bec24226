// A model: what it is made of, as its files say it. Weights stay where they are.
import { stat } from 'node:fs/promises'
import { XlingError } from '../../binding/errors.js'
import { settle } from '../../binding/job.js'
import { native } from '../../binding/load.js'
import type { NativeFileTensor } from '../../binding/native-types.js'
import { fileFailure } from '../../files/atomic.js'
import { openGguf } from '../../files/gguf.js'
import { Config } from '../../model/config.js'
import { readModelFolder } from '../../model/model-folder.js'
import { type OpenedEncoder, openEncoder } from '../../model/opened-encoder.js'
import { type OpenedModel, openModel } from '../../model/opened-model.js'
import { modulesFile, readModuleFolders } from '../../model/sentence-transformers/module-list.js'
import { resolveSource } from '../../model/source.js'
import type { Findings } from './inspect.js'
import { inspectTokenizer } from './tokenizer.js'

/** @throws XlingError what `Decoder.load` and `Encoder.load` do for a source that is none */
export async function inspectModel(source: string, signal?: AbortSignal): Promise<Findings> {
  const found = await resolveSource(source, { signal, orDescribedBy: modulesFile })
  if (found.kind === 'gguf') {
    const { tensors } = await openGguf(found.file, signal)
    return ofDecoder(await openModel(found.file, signal), [...tensors.values()], [found.file])
  }
  const { folder } = found
  const modules = await readModuleFolders(folder)
  const { config, weightFiles } = await readModelFolder(modules?.Transformer ?? folder)
  const { tensors } = await settle(() => native.openWeights(weightFiles), signal)
  const decoder = modules ? undefined : await unlessEncoder(openModel(folder, signal))
  if (decoder) return ofDecoder(decoder, tensors, weightFiles)
  const encoder = await openEncoder(folder, signal).catch((cause: unknown) => {
    if (modules || !isUnknown(cause)) throw cause
    const type = new Config(config).string('model_type')
    throw new XlingError(
      'ERR_UNKNOWN_ARCHITECTURE',
      `${folder}/config.json: model_type is '${type}', which xling has neither as a decoder nor as an encoder`,
      { cause },
    )
  })
  return ofEncoder(encoder, tensors, weightFiles)
}

const isUnknown = (error: unknown) => error instanceof XlingError && error.code === 'ERR_UNKNOWN_ARCHITECTURE'

const unlessEncoder = (opened: Promise<OpenedModel>) =>
  opened.catch((error: unknown) => {
    if (isUnknown(error)) return undefined
    throw error
  })

async function ofDecoder(model: OpenedModel, tensors: readonly NativeFileTensor[], files: readonly string[]) {
  const { spec, architecture, sampling } = model
  const { layers, heads, keyValueHeads, headDim, vocabSize, hiddenSize, intermediateSize, maxPositions, tiedHead } =
    spec
  const windows = layers.map(({ window }) => window).filter(window => window > 0)
  return {
    kind: 'decoder' as const,
    ...{ path: model.from, architecture: architecture.modelType },
    ...(await weightsOf(model, tensors, files)),
    sizes: { layers: layers.length, hiddenSize, intermediateSize, heads, keyValueHeads, headDim, vocabSize },
    context: maxPositions,
    ...(windows.length > 0 && { window: Math.max(...windows), windowedLayers: windows.length }),
    tiedHead,
    sampling,
    tokenizer: inspectTokenizer(model.tokenizer),
  }
}

async function ofEncoder(model: OpenedEncoder, tensors: readonly NativeFileTensor[], files: readonly string[]) {
  const { spec, architecture, sentences } = model
  const { layers, heads, headDim, vocabSize, hiddenSize, intermediateSize, maxPositions, pooler, maskedLmHead } = spec
  const { pooling, normalize, maxTokens, prompts, defaultPrompt } = sentences
  return {
    kind: 'encoder' as const,
    ...{ path: model.from, architecture: architecture.modelType },
    ...(await weightsOf(model, tensors, files)),
    sizes: { layers, hiddenSize, intermediateSize, heads, headDim, vocabSize },
    context: maxPositions,
    ...{ pooler: pooler !== undefined, maskedLmHead },
    sentences: { pooling, normalize, maxTokens, prompts: Object.keys(prompts), defaultPrompt },
    tokenizer: inspectTokenizer(model.tokenizer),
  }
}

/** Of the tensors that are the model's: how many numbers there are, and how many tensors of each storage. */
async function weightsOf(
  { fillings }: Pick<OpenedModel, 'fillings'>,
  tensors: readonly NativeFileTensor[],
  files: readonly string[],
) {
  const used = new Set(fillings.map(({ tensor }) => tensor))
  const own = tensors.filter(({ name }) => used.has(name))
  const storages: Record<string, number> = {}
  for (const { type } of own) storages[type] = (storages[type] ?? 0) + 1
  const sizes = await Promise.all(files.map(file => stat(file).catch(fileFailure('read', file))))
  return {
    parameters: own.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0),
    bytes: sizes.reduce((sum, { size }) => sum + size, 0),
    storages,
  }
}
