// A chat format as data, and how a conversation is written in any of them.
import { XlingError } from '../../binding/errors.js'
import type { Message, Role } from './messages.js'

export interface ChatFormat {
  readonly name: string
  /** The control tokens that it writes. A vocabulary that has all of them is of this format. */
  readonly control: readonly [opening: string, ...others: string[]]
  /** The control token that ends a turn: the model writes it when it has said all. */
  readonly closing: string
  /** BOS stands first: always, or where the tokenizer adds one to plain text. */
  readonly bos: 'always' | 'if-added'
  /** What stands before a turn's text; `{role}` is the format's name of the role. */
  readonly before: string
  readonly after: string
  /** The format's names of the roles. Without one for system, that text opens the first user turn. */
  readonly roles: Readonly<Record<Exclude<Role, 'system'>, string> & { system?: string }>
  /** Whitespace around a text goes. */
  readonly trims: boolean
  /** After the system message, user and assistant must take turns. */
  readonly alternates: boolean
}

export interface ChatOptions {
  /** Text of the BOS token where the tokenizer adds one, else ''. */
  readonly addedBos: string
  /** Text of the BOS token, or ''. */
  readonly bos: string
  readonly addGenerationPrompt: boolean
}

const refused = (format: ChatFormat, problem: string) =>
  new XlingError('ERR_INVALID_ARGUMENT', `the chat format '${format.name}' ${problem}`)

function checkTurns(format: ChatFormat, turns: readonly Message[]): void {
  const [first] = turns
  if (format.roles.system === undefined && first === undefined)
    throw refused(format, 'has no system turn: a system message needs a user message after it')
  for (const [i, { role }] of turns.entries())
    if (format.alternates && role !== (i % 2 === 0 ? 'user' : 'assistant'))
      throw refused(format, `wants user and assistant in turns, from user on; turn ${i + 1} is ${role}'s`)
}

/** What opens the turn of a role. */
export function openingOf(format: ChatFormat, role: Role): string {
  return format.before.replace('{role}', () => format.roles[role] ?? role)
}

/** Writes a conversation in a format. */
export function renderFormat(format: ChatFormat, messages: readonly Message[], options: ChatOptions): string {
  const [first] = messages
  const apart = format.roles.system === undefined && first?.role === 'system'
  const turns = apart ? messages.slice(1) : messages
  checkTurns(format, turns)
  const bos = format.bos === 'always' ? options.bos : options.addedBos
  const texts = turns.map(({ role, content }, i) => {
    const text = format.trims ? content.trim() : content
    return openingOf(format, role) + (apart && i === 0 ? `${first.content}\n\n` : '') + text + format.after
  })
  return bos + texts.join('') + (options.addGenerationPrompt ? openingOf(format, 'assistant') : '')
}
