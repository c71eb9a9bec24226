// What a command line's flags set, as an object for a schema to check.
import { readYaml } from '../../pipeline/recipe/yaml-value.js'
import { UsageError } from '../usage-error.js'
import { attributeOf } from './add-flags.js'
import { type Flag, flagName } from './flag.js'

interface Mapping {
  [key: string]: unknown
}

/**
 * Text is taken as it is where the schema has text; any other value is read as YAML.
 * @param given as commander has it
 * @throws UsageError
 */
export function flagValues(flags: readonly Flag[], given: Readonly<Record<string, unknown>>): Mapping {
  const root: Mapping = {}
  for (const flag of flags) {
    const value = given[attributeOf(flag)]
    // What must be there is, so that what is missing is told of within it.
    if (value !== undefined || flag.required) mappingAt(root, flag, flags)
    if (value !== undefined) put(root, flag, parsed(flag, value))
  }
  return root
}

function put(root: Mapping, { keys }: Flag, value: unknown): void {
  const inside = keys.slice(0, -1).reduce((mapping, key) => mapping[key] as Mapping, root)
  inside[keys.at(-1) ?? ''] = value
}

/** Makes the mappings around a flag's value. */
function mappingAt(root: Mapping, { keys, name }: Flag, flags: readonly Flag[]): void {
  let mapping = root
  for (let depth = 1; depth < keys.length; depth += 1) {
    const key = keys[depth - 1] ?? ''
    const there = mapping[key]
    if (typeof there === 'string') {
      const short = flags.find(flag => attributeOf(flag) === keys.slice(0, depth).join('.'))?.shortFor ?? ''
      if (keys[depth] === short) throw new UsageError(`give ${flagName(keys.slice(0, depth))} or ${name}, not both`)
      mapping[key] = { [short]: there }
    } else mapping[key] ??= {}
    mapping = mapping[key] as Mapping
  }
}

function parsed({ kinds, name }: Flag, given: unknown): unknown {
  if (!Array.isArray(given)) return given
  const [text = '', ...more] = given as string[]
  if (kinds.has('texts') && (more.length > 0 || !kinds.has('text'))) return given
  if (more.length > 0) throw new UsageError(`${name}: is given ${given.length} times; give it once`)
  // Where a list may stand instead of text, brackets make one.
  const asIs = kinds.has('text') && (kinds.size === 1 || !/^\[.*\]$/s.test(text))
  if (asIs) return text
  const { value, problems } = readYaml(text)
  if (problems.length === 0) return value
  // A regular expression, then.
  if (kinds.has('text')) return text
  throw new UsageError(`${name}: '${text}' cannot be read: ${problems[0]?.message}`)
}
