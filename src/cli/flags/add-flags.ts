// Flags as commander takes them, and shows them in a command's help.
import { type Command, Option } from 'commander'
import type { Flag } from './flag.js'

export function addFlags(command: Command, flags: readonly Flag[]): void {
  for (const flag of flags) {
    const shown = new Option(`${flag.name}${placeholder(flag)}`, description(flag))
    command.addOption(flag.group === undefined ? collecting(shown) : collecting(shown).helpGroup(flag.group))
    // As a recipe spells it.
    const asKeys = `--${attributeOf(flag)}`
    if (asKeys !== flag.name) command.addOption(collecting(new Option(`${asKeys}${placeholder(flag)}`)).hideHelp())
    if (isTruth(flag)) command.addOption(new Option(`--no-${flag.name.slice(2)}`).hideHelp())
  }
}

/** By what commander keeps a flag's value: all texts that it was given, or true or false. */
export const attributeOf = ({ keys }: Pick<Flag, 'keys'>) => keys.join('.')

const isTruth = ({ kinds }: Flag) => kinds.has('truth')

function collecting(option: Option): Option {
  if (!option.required) return option
  return option.argParser((text: string, before: readonly string[] = []) => [...before, text])
}

function placeholder({ kinds, choices }: Flag): string {
  if (kinds.has('truth')) return ''
  if (kinds.has('text')) return choices.length > 0 && kinds.size === 1 ? ' <choice>' : ' <text>'
  if (kinds.has('number')) return ' <number>'
  if (kinds.has('texts')) return ' <text>'
  return kinds.has('list') ? ' <[list]>' : ' <{mapping}>'
}

function description(flag: Flag): string {
  const parts = [
    flag.description,
    flag.choices.length > 0 ? `One of ${flag.choices.join(', ')}.` : '',
    flag.kinds.has('texts') ? 'It may be given more than once.' : '',
    isTruth(flag) ? `--no-${flag.name.slice(2)} is false.` : '',
    flag.required ? 'It is required.' : '',
  ]
  return parts.filter(part => part !== '').join(' ')
}
