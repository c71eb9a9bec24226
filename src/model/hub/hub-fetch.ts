import { setTimeout as pauseFor } from 'node:timers/promises'
import { answerError, networkError } from './hub-errors.js'
import type { Fetch } from './library.js'
import type { Repository } from './repository.js'
import type { HubSettings } from './settings.js'

const attempts = 3
const passing = new Set([408, 429, 500, 502, 503, 504])

/** Milliseconds until the next attempt: what the answer asks for, 30 s at most, else 0.3 s and 1.2 s. */
export function pauseAfter(attempt: number, answer: Response | undefined): number {
  const seconds = answer?.headers.get('retry-after') ?? ''
  return /^\d+$/.test(seconds) ? Math.min(Number(seconds), 30) * 1000 : 300 * 4 ** (attempt - 1)
}

/**
 * The fetch of one download, also handed to `@huggingface/hub`: every attempt carries the signal; failures that may
 * pass are tried three times; an answer that is no success is thrown as what it means, except 416 for a
 * range, which the asker can do without.
 *
 * The token is added here, and only towards the endpoint: `@huggingface/hub` refuses tokens that do not start with
 * 'hf_', which other hubs have, and follows the addresses of next pages with it wherever they lead.
 */
export function hubFetch(settings: HubSettings, repository: Repository, signal?: AbortSignal): Fetch {
  const { origin } = new URL(settings.endpoint)
  return async (url, init) => {
    const headers = new Headers(init?.headers)
    if (settings.token && new URL(url).origin === origin) headers.set('authorization', `Bearer ${settings.token}`)
    for (let attempt = 1; ; attempt++) {
      const last = attempt === attempts
      const answer = await fetch(url, { ...init, headers, signal: signal ?? null }).catch((error: unknown) => {
        if (last) throw networkError(url, error)
        return undefined
      })
      if (answer && (answer.ok || (answer.status === 416 && headers.has('range')))) return answer
      if (answer && (last || !passing.has(answer.status))) throw await answerError(answer, repository, settings)
      await answer?.body?.cancel().catch(() => {}) // it is broken, then
      await pauseFor(pauseAfter(attempt, answer), undefined, signal ? { signal } : {})
    }
  }
}
