import { XlingError } from '../../binding/errors.js'
import { hubLibrary } from './library.js'
import { nounOf, pageOf, type Repository } from './repository.js'
import type { HubSettings } from './settings.js'

/** "'owner/name' at revision 'main'", as messages name it. */
export const named = ({ id, revision }: Repository) => `'${id}' at revision '${revision}'`

/** The innermost message: fetch hides the network's reason behind 'fetch failed'. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : reasonOf(error.cause)
}

// What the hub says of its refusal: a header, or the JSON of the body.
async function saidBy(response: Response): Promise<string> {
  const header = response.headers.get('x-error-message')
  if (header) return header
  const body: unknown = await response.json().catch(() => undefined)
  const { error } = Object(body)
  return typeof error === 'string' && error !== '' ? error : response.statusText || 'no reason given'
}

/**
 * The error for an answer that is not a success. The hub tells its refusals apart by the header
 * X-Error-Code, and answers 401 for a repository that is missing, where it will not say which are private.
 */
export async function answerError(
  response: Response,
  repository: Repository,
  { endpoint, token }: HubSettings,
): Promise<XlingError> {
  const { status, url, headers } = response
  const code = headers.get('x-error-code')
  const said = await saidBy(response)
  const { HubApiError } = hubLibrary()
  const cause = new HubApiError(url, status, headers.get('x-request-id') ?? undefined, said)
  const asked = named(repository)
  const refused = status === 401 || status === 403
  if (refused && (code === 'GatedRepo' || /\b(gated|restricted)\b/i.test(said))) {
    const terms = `accept its terms at ${endpoint}/${pageOf(repository)}`
    const next = token
      ? `${terms} with the account of the token in use (HF_TOKEN, or 'token' in HF_HOME)`
      : `${terms}, then set HF_TOKEN to a token of that account (${endpoint}/settings/tokens)`
    return new XlingError('ERR_HUB_GATED', `${asked} is gated: ${next}; the hub says: ${said}`, { cause })
  }
  if (status === 401 && /invalid (credentials|user token)/i.test(said)) {
    const next = "set HF_TOKEN to one that is valid, or remove it and the file 'token' in HF_HOME"
    return new XlingError('ERR_HUB_FAILED', `${endpoint} refuses the token in use (${said}); ${next}`, { cause })
  }
  if (status === 401 || status === 404) {
    const privacy = token ? 'the token in use may not read it' : 'it is private and HF_TOKEN is not set'
    const local = repository.type === 'model' ? "; a local folder needs './' before it" : ''
    let why = `there is no such ${nounOf(repository)}, or ${privacy}${local}`
    if (code === 'RevisionNotFound') why = 'the repository has no such revision'
    if (code === 'EntryNotFound') why = `it has no file at ${url}`
    return new XlingError('ERR_HUB_NOT_FOUND', `${endpoint} does not give ${asked}: ${why} (${status}: ${said})`, {
      cause,
    })
  }
  const next = status === 429 || status >= 500 ? '; try again later' : ''
  return new XlingError('ERR_HUB_FAILED', `${url} answered ${status} (${said}) while fetching ${asked}${next}`, {
    cause,
  })
}

/** The error for a hub that cannot be reached, or whose answer breaks off. */
export function networkError(url: string, cause: unknown): XlingError {
  const next = 'check the connection and HF_ENDPOINT, or set HF_HUB_OFFLINE=1 to use what the cache holds'
  return new XlingError('ERR_HUB_FAILED', `${url} cannot be reached (${reasonOf(cause)}); ${next}`, { cause })
}
