// A file of JSON lines that survives a kill at any byte.
import { readFile } from 'node:fs/promises'
import { XlingError } from '../binding/errors.js'
import { AppendFile } from './append-file.js'
import { fileFailure, writeAtomic } from './atomic.js'
import { isJsonObject, type JsonObject, shown } from './json-object.js'
import { jsonText } from './json-text.js'

/** Whether a line stays; its number counts from 1. */
export type Keep = (line: JsonObject, number: number) => boolean

/**
 * One JSON object a line, each put behind the others by one write that ends in a line break: what a kill leaves of it
 * has none, and is dropped by the next `open`.
 */
export class Journal {
  /** What was there at `open`, without what was dropped. */
  readonly lines: readonly JsonObject[]
  readonly #path: string
  readonly #file: AppendFile

  private constructor(path: string, lines: readonly JsonObject[], file: AppendFile) {
    this.#path = path
    this.lines = lines
    this.#file = file
  }

  /**
   * Reads what is there, drops the rest of a line that a kill cut off and every line that `keep` refuses, and makes the
   * file where there is none; its folder must exist.
   * @throws XlingError `ERR_MALFORMED_FILE` for a whole line that is no JSON object, naming it; `ERR_DISK_FULL`,
   * `ERR_FILE_FAILED`; and what `keep` throws
   */
  static async open(path: string, keep: Keep = () => true): Promise<Journal> {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? Buffer.alloc(0) : fileFailure('read', path)(error),
    )
    const kept = [...wholeLines(bytes)]
      .map((text, i) => ({ text, line: parsed(path, text, i + 1) }))
      .filter(({ line }, i) => keep(line, i + 1))
    const rest = Buffer.concat(kept.map(({ text }) => text))
    // Bytes as they were: a run that was killed leaves the same file as one that was not.
    if (rest.length < bytes.length) await writeAtomic(path, rest)
    return new Journal(
      path,
      kept.map(({ line }) => line),
      await AppendFile.open(path),
    )
  }

  /**
   * Puts a line behind the others, in the order of the calls; one that fails leaves nothing of itself.
   * @throws XlingError `ERR_INVALID_ARGUMENT` for what JSON cannot hold, `ERR_DISK_FULL`, `ERR_FILE_FAILED`
   */
  async append(line: object): Promise<void> {
    const what = `${this.#path}: the line`
    const text = jsonText(what, line)
    if (!isJsonObject(line))
      throw new XlingError('ERR_INVALID_ARGUMENT', `${what} is ${shown(line)} but must be an object`)
    await this.#file.append(`${text}\n`)
  }

  /**
   * Ends when the lines of earlier calls have reached the disk.
   * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`
   */
  sync(): Promise<void> {
    return this.#file.sync()
  }

  /** After earlier calls. A second time it does nothing. */
  close(): Promise<void> {
    return this.#file.close()
  }
}

const lineBreak = 0x0a

/** Each with its line break. */
function* wholeLines(bytes: Buffer): Generator<Buffer> {
  let begin = 0
  for (let end = bytes.indexOf(lineBreak); end >= 0; end = bytes.indexOf(lineBreak, begin)) {
    yield bytes.subarray(begin, end + 1)
    begin = end + 1
  }
}

function parsed(path: string, text: Uint8Array, number: number): JsonObject {
  let line: unknown
  try {
    line = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text))
  } catch (cause) {
    throw malformed(path, number, `is not JSON: ${(cause as Error).message}`, cause)
  }
  if (isJsonObject(line)) return line
  throw malformed(path, number, 'must be a JSON object')
}

function malformed(path: string, number: number, problem: string, cause?: unknown): XlingError {
  return new XlingError('ERR_MALFORMED_FILE', `${path}: line ${number} ${problem}; was it edited by hand?`, { cause })
}
