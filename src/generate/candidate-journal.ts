// What was written for sentences so far, in a file that survives a kill.
import { join } from 'node:path'
import { XlingError } from '../binding/errors.js'
import { ensureFolder } from '../files/atomic.js'
import { Journal } from '../files/journal.js'
import { isJsonObject, type JsonObject, shown } from '../files/json-object.js'
import { checkSameRun } from '../files/same-run.js'
import type { Sentence, Written } from './candidates.js'
import type { Shard } from './shard.js'

const format = 'xling candidates 1'

/** The first line of a journal. */
export interface JournalHead {
  readonly format: typeof format
  /** All that the texts follow from. */
  readonly run: JsonObject
  readonly shard: Shard
  /** Sentences of this part. */
  readonly sentences: number
}

export function journalName({ index, count }: Shard): string {
  return count === 1 ? 'candidates.jsonl' : `candidates-${index}-of-${count}.jsonl`
}

/**
 * Opens the journal of a part, or begins it. What a killed process wrote half of is dropped.
 * @returns what it has, which is for the first of the sentences
 * @throws XlingError `ERR_RUN_MISMATCH` for a journal of another run, naming what differs; `ERR_MALFORMED_FILE`,
 * `ERR_FILE_FAILED`, `ERR_DISK_FULL`
 */
export async function openCandidates(
  folder: string,
  head: Pick<JournalHead, 'run' | 'shard'>,
  sentences: readonly Sentence[],
): Promise<{ journal: Journal; done: Written[] }> {
  await ensureFolder(folder)
  const file = join(folder, journalName(head.shard))
  const journal = await Journal.open(file)
  const [first, ...rest] = journal.lines
  if (first === undefined) {
    await journal.append({ format, ...head, sentences: sentences.length } satisfies JournalHead)
    return { journal, done: [] }
  }
  const found = headOf(file, first)
  checkSameRun(file, found.run, head.run, 'give another folder, or fresh: true to start over in this one')
  const done = rest.map((line, i) => writtenOf(file, line, i + 2))
  for (const [i, { key }] of done.entries())
    if (key !== sentences[i]?.key)
      throw new XlingError(
        'ERR_RUN_MISMATCH',
        `${file}: line ${i + 2} is for sentence ${key}, where ${sentences[i]?.key ?? 'none'} is due; was it edited by hand?`,
      )
  return { journal, done }
}

/** @throws XlingError `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE` */
export function headOf(file: string, line: JsonObject): JournalHead {
  const { format: found, run, shard, sentences } = line
  if (typeof found === 'string' && found !== format && found.startsWith('xling candidates '))
    throw new XlingError('ERR_UNSUPPORTED_FILE', `${file}: is '${found}', and this xling reads '${format}'`)
  if (found === format && isJsonObject(run) && isJsonObject(shard) && Number.isSafeInteger(sentences))
    return line as unknown as JournalHead
  throw new XlingError('ERR_MALFORMED_FILE', `${file}: its first line is ${shown(line)}, which no synthesis wrote`)
}

export function writtenOf(file: string, line: JsonObject, number: number): Written {
  const { key, anchor, positive, negative, truncated } = line
  const texts = [anchor, positive, negative].every(text => typeof text === 'string')
  if (Number.isSafeInteger(key) && texts && typeof truncated === 'boolean') return line as unknown as Written
  throw new XlingError('ERR_MALFORMED_FILE', `${file}: line ${number} is ${shown(line)}, which no synthesis wrote`)
}
