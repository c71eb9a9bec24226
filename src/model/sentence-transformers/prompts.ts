// config_sentence_transformers.json: texts that go before a sentence.
import { join } from 'node:path'
import { readJsonObject } from '../../files/json-object.js'
import { Config } from '../config.js'
import type { SentenceSetup } from './setup.js'

export const promptsFile = 'config_sentence_transformers.json'

type Prompts = Pick<SentenceSetup, 'prompts' | 'defaultPrompt'>

export const noPrompts: Prompts = { prompts: {}, defaultPrompt: undefined }

/**
 * @throws XlingError `ERR_INVALID_CONFIG` also for a default prompt that is none of them, and for a model of
 * sentence-transformers that makes no sentence vectors; `ERR_MALFORMED_FILE`, `ERR_FILE_FAILED`
 */
export async function readPrompts(folder: string): Promise<Prompts> {
  const file = join(folder, promptsFile)
  const values = await readJsonObject(file)
  if (!values) return noPrompts
  const config = new Config(values, '', file)
  config.choice('model_type', { SentenceTransformer: true }, 'SentenceTransformer')
  const texts = config.object('prompts')
  const prompts = Object.fromEntries(texts?.keys.map(name => [name, texts.string(name)]) ?? [])
  if (!config.has('default_prompt_name')) return { prompts, defaultPrompt: undefined }
  const defaultPrompt = config.string('default_prompt_name')
  if (!Object.hasOwn(prompts, defaultPrompt)) config.refuse('default_prompt_name', 'one of prompts')
  return { prompts, defaultPrompt }
}

export function promptsConfig({ prompts, defaultPrompt }: Prompts): object {
  return { prompts, default_prompt_name: defaultPrompt ?? null, similarity_fn_name: 'cosine' }
}
