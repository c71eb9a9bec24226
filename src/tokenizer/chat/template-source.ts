// Where a model keeps its chat template.
import { isObject, stringAt } from '../json-fields.js'
import type { TokenizerSources } from '../sources.js'

/**
 * The model's own template: `chatTemplate`, else `chat_template` of tokenizer_config.json, which is a text or a list of
 * `{ name, template }`, of which the one named default counts.
 */
export function templateSourceOf({ from, chatTemplate, config }: TokenizerSources): string | undefined {
  const where = `${from}: tokenizer_config.json: chat_template`
  const value = chatTemplate ?? config?.chat_template ?? ''
  if (!Array.isArray(value)) return stringAt(value, where) || undefined
  const chosen = value.filter(isObject).find(({ name }) => name === 'default')
  return chosen && stringAt(chosen.template, `${where}: template of 'default'`)
}
