// Which tokens have a meaning of their own, gathered from the files that say so.
import { idAt, isObject, type JsonObject } from './json-fields.js'
import type { TokenizerSources } from './sources.js'

const roles = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const

export type SpecialRole = (typeof roles)[number]

// A token is named by its text, or by an object with its text and flags.
function textOf(value: unknown): string | undefined {
  const text = isObject(value) ? value.content : value
  return typeof text === 'string' ? text : undefined
}

/** The texts of the tokens with a role, as tokenizer_config.json names them, else special_tokens_map.json. */
export function namedTokens({ config, specialTokensMap }: TokenizerSources): ReadonlyMap<SpecialRole, string> {
  const named = new Map<SpecialRole, string>()
  for (const role of roles) {
    const key = `${role}_token`
    const text = textOf(config?.[key]) ?? textOf(specialTokensMap?.[key])
    if (text !== undefined) named.set(role, text)
  }
  return named
}

/** The texts of further tokens that are special without a role. */
export function extraSpecialTokens({ config, specialTokensMap }: TokenizerSources): string[] {
  const lists = [config, specialTokensMap].flatMap(file => [
    file?.additional_special_tokens,
    file?.extra_special_tokens,
  ])
  // transformers writes a list, or an object of them by name.
  return lists
    .flatMap(list => (Array.isArray(list) ? list : isObject(list) ? Object.values(list) : []))
    .flatMap(token => textOf(token) ?? [])
}

const textConfigOf = (config: JsonObject | undefined) => {
  const text = config?.text_config
  return isObject(text) ? text : undefined
}

function idsAt(value: unknown, where: string): number[] {
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? value : [value]).map((id, i) =>
    idAt(id, Array.isArray(value) ? `${where}[${i}]` : where),
  )
}

/**
 * The ids that end a sequence, as generation_config.json lists them, else config.json (in whose `text_config` a
 * multimodal model keeps them).
 */
export function endIds({
  from,
  generationConfig,
  modelConfig,
}: Pick<TokenizerSources, 'from' | 'generationConfig' | 'modelConfig'>): number[] {
  const key = 'eos_token_id'
  const inGeneration = generationConfig?.[key] ?? undefined
  if (inGeneration !== undefined) return idsAt(inGeneration, `${from}: generation_config.json: ${key}`)
  return idsAt(modelConfig?.[key] ?? textConfigOf(modelConfig)?.[key], `${from}: config.json: ${key}`)
}
