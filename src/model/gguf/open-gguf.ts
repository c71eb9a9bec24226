// A GGUF file as a model: Hugging Face's configuration of it, its weights and its tokenizer.
import { XlingError } from '../../binding/errors.js'
import { openGguf } from '../../files/gguf.js'
import { ggufTokenizerSources } from '../../tokenizer/gguf/tokenizer-sources.js'
import { Tokenizer } from '../../tokenizer/tokenizer.js'
import { ggufArchitectureOf } from '../architectures/index.js'
import { samplingOfGguf } from '../generate/sampling.js'
import type { OpenedModel } from '../opened-model.js'
import { companionsOfTokenizer } from '../save-folder.js'
import { GgufFields } from './gguf-fields.js'
import { ggufFillings } from './gguf-weights.js'

/**
 * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`, `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE`,
 * `ERR_UNKNOWN_ARCHITECTURE`, `ERR_INVALID_CONFIG`, `ERR_WEIGHTS_MISMATCH`
 */
export async function openGgufModel(path: string, signal?: AbortSignal): Promise<OpenedModel> {
  const file = await openGguf(path, signal)
  const { architecture, form } = ggufArchitectureOf(file.metadata)
  const config = form.config(new GgufFields(file, form.architecture))
  const { spec, fillings } = inItsTerms(path, () => {
    const spec = architecture.spec(config)
    return { spec, fillings: ggufFillings(form, spec, file.tensors.keys()) }
  })
  return {
    from: path,
    architecture,
    config,
    spec,
    weights: file.weights,
    fillings,
    tokenizer: once(() => new Tokenizer(ggufTokenizerSources(file.metadata))),
    sampling: samplingOfGguf(file.metadata),
    companions: companionsOfTokenizer(() => ggufTokenizerSources(file.metadata)),
  }
}

/** What is said of config.json is said of the file's keys, which became one. */
function inItsTerms<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof XlingError)) throw error
    throw new XlingError(error.code, `${path}: read as a config.json and its weights: ${error.message}`, {
      cause: error,
    })
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
