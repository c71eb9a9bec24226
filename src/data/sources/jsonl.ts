// Rows of a JSON Lines file.
import { createReadStream } from 'node:fs'
import { isJsonObject } from '../../files/json-object.js'
import { readFailure } from './read-failure.js'
import { type BrokenRow, type ChooseColumns, malformed, type TableRow } from './table.js'

/** Above this a file is no list of lines, whatever it is. */
const maxLineBytes = 2 ** 24

const newline = 0x0a

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * An object on each line, in UTF-8. A byte order mark and blank lines are passed over. The columns are the keys of the
 * first object; a further line may lack one, whose value is undefined there.
 */
export async function* readJsonl(file: string, choose: ChooseColumns): AsyncGenerator<TableRow | BrokenRow, void> {
  let wanted: readonly string[] | undefined
  let line = 0
  for await (const bytes of linesOf(file)) {
    line++
    const read = objectOf(bytes)
    if (read === undefined) continue
    if (typeof read === 'string') {
      yield { line, problem: read }
      continue
    }
    wanted ??= choose(file, Object.keys(read))
    yield {
      line,
      values: Object.fromEntries(
        wanted.map(column => [column, Object.hasOwn(read, column) ? read[column] : undefined]),
      ),
    }
  }
}

/** Undefined for a blank line, a string for what is wrong with one. */
function objectOf(bytes: Uint8Array): Readonly<Record<string, unknown>> | string | undefined {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return 'is not UTF-8'
  }
  if (text.trim() === '') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : 'is no JSON object'
  } catch (cause) {
    return `is not JSON: ${(cause as Error).message}`
  }
}

/** A line break's byte is no part of another character in UTF-8, so lines are cut before they are decoded. */
async function* linesOf(file: string): AsyncGenerator<Uint8Array, void> {
  let pieces: Buffer[] = []
  let length = 0
  let line = 1
  const joined = (last: Buffer) => {
    const bytes = pieces.length > 0 ? Buffer.concat([...pieces, last]) : last
    pieces = []
    length = 0
    line++
    return bytes
  }
  for await (const chunk of chunksOf(file)) {
    let begin = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, begin)) {
      yield joined(chunk.subarray(begin, end))
      begin = end + 1
    }
    if (begin < chunk.length) pieces.push(chunk.subarray(begin))
    length += chunk.length - begin
    if (length > maxLineBytes) throw malformed(file, `line ${line} is over 16 MiB; give one object on each line`)
  }
  if (pieces.length > 0) yield joined(Buffer.alloc(0))
}

async function* chunksOf(file: string): AsyncGenerator<Buffer, void> {
  const stream = createReadStream(file)
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch (cause) {
    throw readFailure(file, cause)
  } finally {
    stream.destroy()
  }
}
