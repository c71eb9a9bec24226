// How many tokens of a text are read, by the settings of the module Transformer.
import { join } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { readJsonObject } from '../../files/json-object.js'
import { Config } from '../config.js'

export const transformerFile = 'sentence_bert_config.json'

// In the order in which sentence-transformers looks for them.
const settingsFiles = [
  transformerFile,
  ...['roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta', 'xlnet'].map(
    name => `sentence_${name}_config.json`,
  ),
]

// transformers writes 1e30 for none.
const tokenRange = { min: 1, max: 1e31 }

/**
 * By the settings of sentence-transformers if they say so, else by the tokenizer's, and never more than the model has
 * positions.
 * @param folder that of the module Transformer
 * @throws XlingError `ERR_UNSUPPORTED_FILE` for a Transformer that does more than give tokens' vectors,
 * `ERR_INVALID_CONFIG`, `ERR_MALFORMED_FILE`, `ERR_FILE_FAILED`
 */
export async function readTokenLimit(folder: string, maxPositions: number): Promise<number> {
  const settings = await firstOf(folder, settingsFiles)
  const said = settings && (await limitOf(folder, settings))
  return said === undefined ? readTokenizerLimit(folder, maxPositions) : Math.min(maxPositions, said)
}

/**
 * By tokenizer_config.json, and never more than the model has positions.
 * @throws XlingError `ERR_INVALID_CONFIG`, `ERR_MALFORMED_FILE`, `ERR_FILE_FAILED`
 */
export async function readTokenizerLimit(folder: string, maxPositions: number): Promise<number> {
  const settings = await firstOf(folder, ['tokenizer_config.json'])
  return Math.min(maxPositions, limitIn(settings?.config, 'model_max_length') ?? maxPositions)
}

interface Settings {
  readonly file: string
  readonly config: Config
}

async function firstOf(folder: string, names: readonly string[]): Promise<Settings | undefined> {
  for (const name of names) {
    const file = join(folder, name)
    const values = await readJsonObject(file)
    if (values) return { file, config: new Config(values, '', file) }
  }
  return undefined
}

async function limitOf(folder: string, { file, config }: Settings): Promise<number | undefined> {
  config.choice('transformer_task', { 'feature-extraction': true }, 'feature-extraction')
  config.choice('module_output_name', { token_embeddings: true }, 'token_embeddings')
  const text = config.object('modality_config')?.object('text')
  text?.choice('method', { forward: true }, 'forward')
  text?.choice('method_output_name', { last_hidden_state: true }, 'last_hidden_state')
  if (config.object('processing_kwargs')?.keys.length) config.refuse('processing_kwargs', 'empty')
  if (config.boolean('do_lower_case', false) && !(await lowersCase(folder)))
    throw new XlingError(
      'ERR_UNSUPPORTED_FILE',
      `${file}: do_lower_case is true, but the tokenizer keeps case: put {"type": "Lowercase"} into the normalizer of tokenizer.json`,
    )
  const ofTokenizer = config.object('processor_kwargs') ?? config.object('tokenizer_args')
  return limitIn(ofTokenizer, 'model_max_length') ?? limitIn(config, 'max_seq_length')
}

function limitIn(config: Config | undefined, key: string): number | undefined {
  return config?.has(key) ? Math.floor(config.number(key, tokenRange)) : undefined
}

async function lowersCase(folder: string): Promise<boolean> {
  const { normalizer } = (await readJsonObject(join(folder, 'tokenizer.json'))) ?? {}
  return /"type":"Lowercase"|"lowercase":true/.test(JSON.stringify(normalizer ?? null))
}
