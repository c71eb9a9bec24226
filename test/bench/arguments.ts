import { parseArgs } from 'node:util'

export const usage = 'usage: npm run bench -- --json FILE [--filter TEXT]'

export interface BenchArguments {
  readonly json: string
  /** Rows whose name contains it; the empty text is all. */
  readonly filter: string
}

/** Throws with one line that says what is wrong. */
export function parseArguments(args: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'string' }, filter: { type: 'string', default: '' } },
  })
  if (!values.json) throw new TypeError('--json FILE is missing')
  return { json: values.json, filter: values.filter }
}
