// Reads what make.py wrote.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Message } from '#xling/tokenizer/chat/messages'
import type { JsonObject } from '#xling/tokenizer/json-fields'
import type { TokenizerSources } from '#xling/tokenizer/sources'

export const families = ['gemma', 'llama3', 'chatml', 'bert', 'xlmr'] as const

/** What Python makes of a tokenizer; see make.py. */
export interface FamilyGolden {
  files: Record<string, JsonObject>
  texts: {
    text: string
    plain: number[]
    added: number[]
    parsed: number[]
    both: number[]
    skipped: string
    decoded: string
  }[]
  decodes: { ids: number[]; text: string }[]
  template?: string
  chats?: { messages: Message[]; prompt: boolean; text: string; ids: number[] }[]
}

/** @param name of a file in test/golden/tokenizer, without .json */
export async function readGolden<Golden>(name: string): Promise<Golden> {
  const root = fileURLToPath(new URL('.', import.meta.resolve('xling/package.json')))
  return JSON.parse(await readFile(join(root, 'test', 'golden', 'tokenizer', `${name}.json`), 'utf8'))
}

/** A golden's files as a tokenizer is made from them, some of them changed. */
export function sourcesOf({ files }: FamilyGolden, changes: Partial<TokenizerSources> = {}): TokenizerSources {
  const sources: Record<string, unknown> = { from: 'golden', tokenizer: files['tokenizer.json'] }
  const names = {
    config: 'tokenizer_config.json',
    specialTokensMap: 'special_tokens_map.json',
    generationConfig: 'generation_config.json',
    modelConfig: 'config.json',
  }
  for (const [key, name] of Object.entries(names)) if (files[name]) sources[key] = files[name]
  return { ...sources, ...changes } as TokenizerSources
}

/** The control tokens that a golden's tokenizer.json lists. */
export function controlOf({ files }: FamilyGolden): { id: number; content: string }[] {
  const added = files['tokenizer.json']?.added_tokens as { id: number; content: string; special: boolean }[]
  return added.filter(({ special }) => special)
}
