import type { Tokenizer } from '../tokenizer/tokenizer.js'
import { type TemplateId, templateIds } from './templates/index.js'

/**
 * The family of templates for a model of which nobody says another: that of the chat format which its own chat template
 * writes, else `'plain'`. A base model has no such template, even where its vocabulary has a format's control tokens.
 */
export function familyFor(tokenizer: Tokenizer): TemplateId {
  return templateIds.find(id => id === tokenizer.chatFormat) ?? 'plain'
}
