// hf://datasets/…, as Python's huggingface_hub reads it.
import { XlingError } from '../binding/errors.js'
import { checkRepository, type Repository } from '../model/hub/repository.js'

const start = 'hf://'
const accepted =
  "an address on the hub is 'hf://datasets/<owner>/<name>[@<revision>]/<path or glob>'; an owner is left out as " +
  "'hf://datasets/<name>/<file>', or 'hf://datasets/<name>@<revision>/<path>' for files in folders"

export const isHubAddress = (path: string) => path.startsWith(start)

/** Revisions with '/' in their names that need no %2F for it, as in huggingface_hub. */
const slashed = /^(refs\/convert\/\w+|refs\/pr\/\d+)\//

/** Another name for the branch of Parquet files that the hub makes of data sets. */
const aliases: Readonly<Record<string, string>> = { '~parquet': 'refs/convert/parquet' }

/**
 * The parts of an address. Where no '@' ends the name, it is the first part of two, or the first two of more.
 * @throws XlingError `ERR_INVALID_ARGUMENT`
 */
export function parseHubAddress(address: string): { repository: Repository; pattern: string } {
  const refuse = (why: string): never => {
    throw new XlingError('ERR_INVALID_ARGUMENT', `'${address}' ${why}: ${accepted}`)
  }
  const [kind, ...rest] = address.slice(start.length).split('/')
  if (kind !== 'datasets') refuse('is no data set')
  const [id = '', revision, path = ''] = split(rest.join('/'))
  if (path.split('/').some(part => ['', '.', '..'].includes(part))) refuse('names no file in a data set')
  const repository: Repository = { type: 'dataset', id, revision: decoded(revision) ?? refuse('has a broken %') }
  checkRepository(repository)
  return { repository, pattern: path }
}

function split(text: string): [id: string, revision: string, path: string] {
  // An '@' further on is part of a file's name.
  const [, named, after] = /^([^/@]+(?:\/[^/@]+)?)@(.+)$/.exec(text) ?? []
  if (named !== undefined && after !== undefined) {
    const revision = slashed.exec(after)?.[1] ?? after.replace(/\/.*/, '')
    return [named, revision, after.slice(revision.length + 1)]
  }
  const parts = text.split('/')
  const owned = parts.length > 2 ? 2 : 1
  return [parts.slice(0, owned).join('/'), 'main', parts.slice(owned).join('/')]
}

function decoded(revision: string): string | undefined {
  try {
    return aliases[revision] ?? decodeURIComponent(revision)
  } catch {
    return undefined
  }
}
