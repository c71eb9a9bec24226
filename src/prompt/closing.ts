// The token that ends an answer.
import { XlingError } from '../binding/errors.js'
import type { Tokenizer } from '../tokenizer/tokenizer.js'
import type { Template } from './templates/template.js'

/**
 * The id that closes an answer: of the template's closing tokens the first that ends a sequence (`tokenizer.eosIds`),
 * else the first id that does. So text that an adapter learns to close is text at whose end the model stops.
 * @throws XlingError `ERR_INVALID_TOKENIZER` where nothing ends a sequence
 */
export function closingIdOf(tokenizer: Tokenizer, { closing }: Pick<Template, 'closing'>): number {
  const ends = new Set(tokenizer.eosIds)
  const ids = closing.map(text => tokenizer.controlId(text)).filter(id => id !== undefined)
  const id = ids.find(id => ends.has(id)) ?? tokenizer.eosIds[0]
  if (id !== undefined) return id
  throw new XlingError(
    'ERR_INVALID_TOKENIZER',
    'the tokenizer has no token that ends a text; name one as eos_token in tokenizer_config.json',
  )
}
