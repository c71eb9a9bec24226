import { XlingError } from '../../binding/errors.js'
import { named } from './hub-errors.js'
import { type HubFile, staysInside } from './listing.js'
import type { Repository } from './repository.js'

/** Where the weights are: whole in one file, or in shards that an index names. */
export const weightsFile = 'model.safetensors'
export const weightsIndex = 'model.safetensors.index.json'

// What a model needs beside its weights.
const described = [
  /^(config|generation_config|modules|config_sentence_transformers|sentence_[\w-]+_config)\.json$/,
  /^(tokenizer[\w.-]*|special_tokens_map|added_tokens|chat_template[\w.-]*|vocab)\.json$/,
  /^chat_template[\w.-]*\.jinja$/,
  /^(vocab|merges)\.txt$/,
  /^(tokenizer|spiece|sentencepiece\.bpe)\.model$/,
  /^\d+_\w+\/(config\.json|model\.safetensors)$/, // a module of sentence-transformers, such as 1_Pooling or 2_Dense
]

function refuseWithoutWeights(paths: string[], repository: Repository): never {
  const model = named(repository)
  const [gguf] = paths.filter(path => path.endsWith('.gguf'))
  if (gguf !== undefined)
    throw new XlingError(
      'ERR_UNSUPPORTED_FILE',
      `${model} has no ${weightsFile}, but GGUF files: download one (${gguf}) and give its path`,
    )
  const [other] = paths.filter(path =>
    /(^|\/)(pytorch_model|tf_model|flax_model|model)[^/]*\.(bin|h5|msgpack|onnx)$/.test(path),
  )
  if (other !== undefined)
    throw new XlingError(
      'ERR_UNSUPPORTED_FILE',
      `${model} has no ${weightsFile}, only ${other}, and xling reads safetensors alone (a pickle can run code when it ` +
        "is opened): name a revision that has it (often '@refs/pr/<number>', from the hub's conversion bot), " +
        'or load the model with transformers and save_pretrained() it, and give that folder',
    )
  throw new XlingError(
    'ERR_HUB_NOT_FOUND',
    `${model} has neither ${weightsFile} nor ${weightsIndex}: it has no weights`,
  )
}

/**
 * Of a listing, what a model needs: first what describes it, last its weights, or their index.
 * @throws XlingError `ERR_HUB_NOT_FOUND`, `ERR_UNSUPPORTED_FILE`
 */
export function modelFiles(listing: ReadonlyMap<string, HubFile>, repository: Repository): HubFile[] {
  const weights = listing.get(weightsFile) ?? listing.get(weightsIndex)
  const adapter = listing.has('adapter_config.json')
  if (!weights && !adapter) refuseWithoutWeights([...listing.keys()], repository)
  if (!weights || !listing.has('config.json')) {
    const what = adapter ? 'is an adapter: load its base model first' : 'has no config.json'
    throw new XlingError('ERR_HUB_NOT_FOUND', `${named(repository)} ${what}`)
  }
  return [...[...listing.values()].filter(({ path }) => described.some(pattern => pattern.test(path))), weights]
}

/**
 * The files of these paths.
 * @throws XlingError `ERR_HUB_NOT_FOUND`
 */
export function namedFiles(
  listing: ReadonlyMap<string, HubFile>,
  paths: readonly string[],
  repository: Repository,
): HubFile[] {
  return paths.map(path => {
    const file = listing.get(path)
    if (!file) throw new XlingError('ERR_HUB_NOT_FOUND', `${named(repository)} has no file '${path}'`)
    return file
  })
}

/**
 * The shards that an index names, each once.
 * @throws XlingError `ERR_MALFORMED_FILE` also where a name is no safetensors file in the model's folder
 */
export function shardsOf(index: string, path: string): string[] {
  const refuse = (what: string, cause?: unknown): never => {
    throw new XlingError('ERR_MALFORMED_FILE', `${path} ${what}`, cause === undefined ? {} : { cause })
  }
  let map: unknown
  try {
    map = Object(JSON.parse(index)).weight_map
  } catch (cause) {
    refuse(`is not JSON: ${(cause as Error).message}`, cause)
  }
  if (typeof map !== 'object' || map === null || Array.isArray(map)) refuse("has no 'weight_map' from tensors to files")
  const shards = new Set<string>()
  for (const [tensor, shard] of Object.entries(map as Record<string, unknown>)) {
    if (typeof shard !== 'string' || !staysInside(shard) || !shard.endsWith('.safetensors'))
      refuse(`puts tensor '${tensor}' into '${shard}', which is no safetensors file in the model's folder`)
    shards.add(shard as string)
  }
  if (shards.size === 0) refuse("has an empty 'weight_map'")
  return [...shards].sort()
}
