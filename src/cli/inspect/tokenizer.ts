import { XlingError } from '../../binding/errors.js'
import type { Tokenizer } from '../../tokenizer/tokenizer.js'

/** A tokenizer that cannot be made is a finding, not the end. */
export function inspectTokenizer(make: (() => Tokenizer) | undefined) {
  try {
    return make === undefined ? 'none' : described(make())
  } catch (error) {
    if (!(error instanceof XlingError)) throw error
    return error.message
  }
}

function described(tokenizer: Tokenizer) {
  const { vocabSize, bosId, eosIds, padId, maskId } = tokenizer
  return { vocabSize, bosId, eosIds, padId, maskId, chat: chatOf(tokenizer) }
}

/** What the model makes of a turn. */
function chatOf(tokenizer: Tokenizer): string {
  try {
    return tokenizer.chat([{ role: 'user', content: '…' }])
  } catch (error) {
    if (error instanceof XlingError && error.code === 'ERR_NO_CHAT_TEMPLATE') return 'none'
    throw error
  }
}
