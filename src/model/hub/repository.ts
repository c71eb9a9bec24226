import { XlingError } from '../../binding/errors.js'

/** A repository of the hub, at a branch, tag or commit. */
export interface Repository {
  type: 'model' | 'dataset'
  id: string
  revision: string
}

// The hub's rules for names: ASCII letters, digits and -_. with none of -. at an end, 96 characters at most.
const name = /^(?=.{1,96}$)\w(?:[\w.-]*\w)?$/
/** What a repository is, for messages. */
export const nounOf = ({ type }: Repository) => (type === 'model' ? 'model' : 'data set')

/** Where a repository is, below the endpoint. */
export const pageOf = ({ type, id }: Repository) => (type === 'model' ? id : `datasets/${id}`)

const accepted = "a hub id is 'owner/name' or 'name', with '@revision' after it for a branch, tag or commit"

function isId(id: string): boolean {
  const parts = id.split('/')
  return parts.length <= 2 && parts.every(part => name.test(part)) && !/--|\.\.|\.git$/.test(id)
}

// Git's rules for the names of refs, as far as a path or URL could be led astray by them.
function isRevision(revision: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what git forbids
  const forbidden = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{/
  return !forbidden.test(revision) && revision.split('/').every(part => part !== '' && !/^\.|\.$/.test(part))
}

/**
 * Refuses what cannot be a repository of the hub.
 * @throws XlingError `ERR_INVALID_ARGUMENT`
 */
export function checkRepository(repository: Repository): void {
  const { id, revision } = repository
  if (typeof id !== 'string' || !isId(id))
    throw new XlingError('ERR_INVALID_ARGUMENT', `'${id}' is no ${nounOf(repository)} of the hub: ${accepted}`)
  if (typeof revision !== 'string' || !isRevision(revision))
    throw new XlingError('ERR_INVALID_ARGUMENT', `'${revision}' cannot be a revision of '${id}': ${accepted}`)
}

/**
 * Reads `id` or `id@revision` of a model; the revision is 'main' by default.
 * @throws XlingError `ERR_INVALID_ARGUMENT`
 */
export function parseRepository(text: string): Repository {
  const at = text.indexOf('@')
  const [id, revision] = at < 0 ? [text, 'main'] : [text.slice(0, at), text.slice(at + 1)]
  const repository: Repository = { type: 'model', id, revision }
  checkRepository(repository)
  return repository
}
