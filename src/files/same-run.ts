// Whether what a file was made of is what would be made of it now.
import { XlingError } from '../binding/errors.js'
import { isJsonObject, type JsonObject, shown } from './json-object.js'

/** Differences that a message names; the rest are as many more. */
const mostNamed = 5

/**
 * @param saved,own what results follow from, then and now
 * @param remedy what to do if they are not the same
 * @throws XlingError `ERR_RUN_MISMATCH`, naming what differs
 */
export function checkSameRun(file: string, saved: JsonObject, own: JsonObject, remedy: string): void {
  const differs = differences(saved, own, [])
  if (differs.length === 0) return
  const more = differs.length > mostNamed ? [`and ${differs.length - mostNamed} more`] : []
  const named = [...differs.slice(0, mostNamed), ...more].join(', ')
  throw new XlingError('ERR_RUN_MISMATCH', `${file} is of another run: ${named}; ${remedy}`)
}

/** `train.lr was 1 and is 2`, for whatever is not the same. */
function differences(was: unknown, is: unknown, path: readonly string[]): string[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return []
  if (isJsonObject(was) && isJsonObject(is)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    return keys.flatMap(key => differences(was[key], is[key], [...path, key]))
  }
  const said = (value: unknown) => (value === undefined ? 'missing' : shown(value))
  return [`${path.join('.')} was ${said(was)} and is ${said(is)}`]
}
