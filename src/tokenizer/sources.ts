// What a tokenizer is made from: the JSON files of a model's folder, or objects of the same form.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { XlingError } from '../binding/errors.js'
import { invalidTokenizer, type JsonObject, objectAt, stringAt } from './json-fields.js'

/** The parsed files of a tokenizer. Only `tokenizer` must be there. */
export interface TokenizerSources {
  /** The folder or file it comes from, for messages. */
  readonly from: string
  /** `tokenizer.json` */
  readonly tokenizer: JsonObject
  /** `tokenizer_config.json`: names of the special tokens, whether BOS and EOS are added, the chat template. */
  readonly config?: JsonObject
  /** `special_tokens_map.json`: names of special tokens in older folders. */
  readonly specialTokensMap?: JsonObject
  /** `generation_config.json`: the ids that end a sequence. */
  readonly generationConfig?: JsonObject
  /** The model's `config.json`: the same, in older folders. */
  readonly modelConfig?: JsonObject
  /** `chat_template.jinja`, or `chat_template` of `chat_template.json`. Goes before that of `config`. */
  readonly chatTemplate?: string
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new XlingError(
      'ERR_FILE_FAILED',
      `${path} cannot be read (${message}); check that it is a file you may read`,
      {
        cause,
      },
    )
  }
}

async function objectIn(folder: string, name: string): Promise<JsonObject | undefined> {
  const path = join(folder, name)
  const text = await textOf(path)
  if (text === undefined) return undefined
  try {
    return objectAt(JSON.parse(text.replace(/^\ufeff/, '')), path)
  } catch (cause) {
    if (cause instanceof XlingError) throw cause
    throw invalidTokenizer(path, `is no JSON (${(cause as Error).message}); fetch or copy it again`, cause)
  }
}

/** The error for a folder without tokenizer.json, with the way to make one. */
export const noTokenizerIn = (folder: string): XlingError =>
  invalidTokenizer(
    folder,
    'has no tokenizer.json; if it has another form of tokenizer (tokenizer.model, vocab.txt, vocab.json), convert it ' +
      `in Python: transformers.AutoTokenizer.from_pretrained('${folder}').save_pretrained('${folder}')`,
  )

/**
 * Reads what a folder has of a tokenizer; undefined where there is no tokenizer.json.
 * @throws XlingError `ERR_INVALID_TOKENIZER` if a file is malformed, `ERR_FILE_FAILED`
 */
export async function readSources(folder: string): Promise<TokenizerSources | undefined> {
  const [tokenizer, config, specialTokensMap, generationConfig, modelConfig, template, jinja] = await Promise.all([
    objectIn(folder, 'tokenizer.json'),
    objectIn(folder, 'tokenizer_config.json'),
    objectIn(folder, 'special_tokens_map.json'),
    objectIn(folder, 'generation_config.json'),
    objectIn(folder, 'config.json'),
    objectIn(folder, 'chat_template.json'),
    textOf(join(folder, 'chat_template.jinja')),
  ])
  if (!tokenizer) return undefined
  const inJson = template && stringAt(template.chat_template, `${join(folder, 'chat_template.json')}: chat_template`)
  const chatTemplate = jinja ?? inJson
  return {
    from: folder,
    tokenizer,
    ...(config && { config }),
    ...(specialTokensMap && { specialTokensMap }),
    ...(generationConfig && { generationConfig }),
    ...(modelConfig && { modelConfig }),
    ...(chatTemplate !== undefined && { chatTemplate }),
  }
}
