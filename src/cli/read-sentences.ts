// Sentences to embed: of a data source, or of plain text.
import { readFile } from 'node:fs/promises'
import { XlingError } from '../binding/errors.js'
import { type Examples, readExamples } from '../data/read-examples.js'
import { type FileSource, resolveFiles } from '../data/source.js'
import { fileFailure } from '../files/atomic.js'
import { UsageError } from './usage-error.js'

/** @throws UsageError for what a .txt file has no columns for; XlingError what {@link readExamples} does */
export async function readSentences(data: string | FileSource, signal: AbortSignal): Promise<Examples<'sentence'>> {
  const source = isText(data) ? linesOf(data, signal) : data
  return readExamples(source, { kinds: ['sentence'], where: '--data', signal })
}

const isText = (data: string | FileSource): data is string => {
  const path = typeof data === 'string' ? data : data.path
  if (!/\.txt$/i.test(path) || (typeof data !== 'string' && data.format !== undefined)) return false
  if (typeof data === 'string') return true
  throw new UsageError(`--data.${Object.keys(data).find(key => key !== 'path')}: goes with tables, and ${path} is text`)
}

/** A sentence a line. */
async function* linesOf(path: string, signal: AbortSignal): AsyncGenerator<{ text: string }> {
  for (const file of await resolveFiles(path, { signal }))
    for (const text of decoded(await readFile(file).catch(fileFailure('read', file)), file)
      .replace(/\r?\n$/, '')
      .split(/\r?\n/))
      yield { text }
}

function decoded(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new XlingError('ERR_MALFORMED_FILE', `${file} is not UTF-8; save it as UTF-8`, { cause })
  }
}
