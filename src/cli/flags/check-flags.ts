// What flags set, checked by the schema, whose findings are told in terms of flags.
import type { z } from 'zod'
import { problemsOf } from '../../pipeline/recipe/problems.js'
import { UsageError } from '../usage-error.js'
import { flagName } from './flag.js'

const nowhere = { line: 0, column: 0 }

/**
 * @param inFlags takes off a message's place what is no part of a flag's name
 * @throws UsageError with a line for each thing that is wrong
 */
export function checkFlags<S extends z.ZodType>(
  schema: S,
  value: unknown,
  inFlags: (message: string) => string = message => message,
): z.output<S> {
  const { data, error } = schema.safeParse(value)
  if (!error) return data as z.output<S>
  const yaml = { value, problems: [], placeOf: () => nowhere, placeOfKey: () => nowhere }
  const lines = problemsOf(error.issues, yaml).map(({ message }) => asFlag(inFlags(message)))
  throw new UsageError([...new Set(lines)].join('\n'))
}

/** `train.batchSize: is …` as `--train.batch-size: is …`. */
const asFlag = (message: string) => message.replace(/^[\w.-]+/, place => flagName(place.split('.')))
