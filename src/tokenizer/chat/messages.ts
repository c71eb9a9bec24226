// A conversation, as it goes into a chat template.
import { XlingError } from '../../binding/errors.js'
import { checkOptions } from '../../binding/options.js'

const roles = ['system', 'user', 'assistant'] as const

/** Who speaks. */
export type Role = (typeof roles)[number]

/** One turn of a conversation. */
export interface Message {
  readonly role: Role
  readonly content: string
}

const invalid = (where: string, problem: string) => new XlingError('ERR_INVALID_ARGUMENT', `${where}: ${problem}`)

/**
 * Refuses what is no conversation.
 * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`
 */
export function checkMessages(where: string, messages: readonly Message[]): void {
  if (!Array.isArray(messages)) throw invalid(where, 'messages must be an array of { role, content }')
  if (messages.length === 0) throw invalid(where, 'messages is empty; a conversation has at least one message')
  for (const [i, message] of messages.entries()) {
    const at = `${where}: messages[${i}]`
    checkOptions(at, message, ['role', 'content'])
    if (!roles.includes(message.role))
      throw invalid(at, `there is no role '${String(message.role)}'; there are ${roles.join(', ')}`)
    if (typeof message.content !== 'string') throw invalid(at, 'content must be a string')
  }
}
