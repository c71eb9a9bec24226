// A command's flags by a schema of what they set.
import type { Command } from 'commander'
import { z } from 'zod'
import { addFlags } from './add-flags.js'
import { checkFlags } from './check-flags.js'
import { flagsOf, type JsonSchema } from './flag.js'
import { flagValues } from './flag-values.js'

/** @returns what the flags set, of commander's values; it throws UsageError where that is not what the schema has */
export function schemaFlags<S extends z.ZodType>(
  command: Command,
  schema: S,
): (given: Readonly<Record<string, unknown>>) => z.output<S> {
  const flags = flagsOf(z.toJSONSchema(schema, { io: 'input', target: 'draft-07' }) as JsonSchema)
  addFlags(command, flags)
  return given => checkFlags(schema, flagValues(flags, given))
}
