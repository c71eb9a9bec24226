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

const names = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'generation_config.json',
  'config.json',
  'chat_template.json',
  'chat_template.jinja',
] as const

/** What a folder has of these files, unparsed. */
export type TokenizerTexts = ReadonlyMap<(typeof names)[number], string>

function objectIn(folder: string, texts: TokenizerTexts, name: (typeof names)[number]): JsonObject | undefined {
  const text = texts.get(name)
  if (text === undefined) return undefined
  const path = join(folder, name)
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
 * @throws XlingError `ERR_FILE_FAILED`
 */
export async function readTexts(folder: string): Promise<TokenizerTexts | undefined> {
  const texts = await Promise.all(names.map(async name => [name, await textOf(join(folder, name))] as const))
  const there = new Map(texts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])))
  return there.has('tokenizer.json') ? there : undefined
}

/** @throws XlingError `ERR_INVALID_TOKENIZER` if a file is malformed */
export function parseTexts(folder: string, texts: TokenizerTexts): TokenizerSources {
  const tokenizer = objectIn(folder, texts, 'tokenizer.json')
  if (!tokenizer) throw noTokenizerIn(folder)
  const config = objectIn(folder, texts, 'tokenizer_config.json')
  const specialTokensMap = objectIn(folder, texts, 'special_tokens_map.json')
  const generationConfig = objectIn(folder, texts, 'generation_config.json')
  const modelConfig = objectIn(folder, texts, 'config.json')
  const template = objectIn(folder, texts, 'chat_template.json')
  const inJson = template && stringAt(template.chat_template, `${join(folder, 'chat_template.json')}: chat_template`)
  const chatTemplate = texts.get('chat_template.jinja') ?? inJson
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

/** The same as the files of a folder, by name; the model's config.json is none of them. */
export function tokenizerFiles(sources: TokenizerSources): Map<string, string> {
  const { tokenizer, config, specialTokensMap, generationConfig, chatTemplate } = sources
  const objects = {
    'tokenizer.json': tokenizer,
    'tokenizer_config.json': config,
    'special_tokens_map.json': specialTokensMap,
    'generation_config.json': generationConfig,
  }
  const files = new Map<string, string>()
  for (const [name, value] of Object.entries(objects))
    if (value !== undefined) files.set(name, `${JSON.stringify(value, null, 2)}\n`)
  if (chatTemplate !== undefined) files.set('chat_template.jinja', chatTemplate)
  return files
}
