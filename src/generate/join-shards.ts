// The parts of several processes, put together.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { XlingError } from '../binding/errors.js'
import { checkChoice, checkOptions } from '../binding/options.js'
import { fileFailure } from '../files/atomic.js'
import { Journal } from '../files/journal.js'
import { checkSameRun } from '../files/same-run.js'
import type { FilterOptions } from '../parse/filters/index.js'
import { type TemplateId, templateIds } from '../prompt/templates/index.js'
import { headOf, type JournalHead, writtenOf } from './candidate-journal.js'
import type { Written } from './candidates.js'
import { Sieve, type SynthesisCounts } from './sieve.js'
import type { Triplet } from './triplet.js'

interface Part {
  readonly file: string
  readonly head: JournalHead
  readonly written: readonly Written[]
}

/**
 * The triplets of a synthesis that several processes did, each its part, in one folder: those that one process would have
 * given, in the same order, and filtered as one.
 * @param options.filters as the processes' own, to get the same; what was written stands in the journals, so others may be
 * tried
 * @throws XlingError `ERR_FILE_NOT_FOUND` for a part that is not there, `ERR_RUN_MISMATCH` for parts of different runs, or
 * one that is not done yet; `ERR_MALFORMED_FILE`, `ERR_FILE_FAILED`
 */
export async function joinShards(
  folder: string,
  options: { filters?: FilterOptions } = {},
): Promise<{ triplets: Triplet[]; counts: SynthesisCounts }> {
  checkOptions('joinShards', options, ['filters'])
  const parts = await partsIn(folder)
  const [first] = parts
  if (!first)
    throw new XlingError('ERR_FILE_NOT_FOUND', `${folder} has no candidates of parts; give the folder of a synthesis`)
  checkParts(parts, first)
  const { template } = first.head.run
  checkChoice(`${first.file}: template`, template, templateIds)
  const sieve = new Sieve(template as TemplateId, options.filters ?? {})
  const all = parts.flatMap(({ written }) => written).sort((a, b) => a.key - b.key)
  const triplets = all.flatMap(one => sieve.take(one).triplet ?? [])
  return { triplets, counts: sieve.counts }
}

async function partsIn(folder: string): Promise<Part[]> {
  const names = await readdir(folder).catch(fileFailure('read', folder))
  const parts: Part[] = []
  for (const name of names.filter(name => /^candidates-\d+-of-\d+\.jsonl$/.test(name))) {
    const file = join(folder, name)
    const journal = await Journal.open(file)
    await journal.close()
    const [head, ...rest] = journal.lines
    const written = rest.map((line, i) => writtenOf(file, line, i + 2))
    parts.push({ file, head: headOf(file, head ?? {}), written })
  }
  return parts.sort((a, b) => a.head.shard.index - b.head.shard.index)
}

function checkParts(parts: readonly Part[], first: Part): void {
  const { count } = first.head.shard
  for (const { file, head } of parts) {
    checkSameRun(file, first.head.run, head.run, `remove what is not of the same run as ${first.file}`)
    if (head.shard.count !== count)
      throw new XlingError('ERR_RUN_MISMATCH', `${file} is one of ${head.shard.count} parts, ${first.file} of ${count}`)
  }
  if (parts.length < count)
    throw new XlingError(
      'ERR_FILE_NOT_FOUND',
      `of ${count} parts there are ${parts.length} beside ${first.file}; run the others first`,
    )
  for (const { file, head, written } of parts)
    if (written.length !== head.sentences)
      throw new XlingError(
        'ERR_RUN_MISMATCH',
        `${file} has ${written.length} of its ${head.sentences} sentences; run part ${head.shard.index}/${count} to its end first`,
      )
}
