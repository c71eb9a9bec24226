import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** An entry of a listing; nothing in it was checked. */
export interface ListedEntry {
  type: string
  path: string
  size: number
  oid?: string
  lfs?: { oid: string; size: number }
}

/** The part of fetch that is needed. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

interface HubRepo {
  type: 'model' | 'dataset'
  name: string
}

interface Asked {
  revision: string
  hubUrl: string
  fetch: Fetch
}

interface InfoAsked extends Asked {
  name: string
  additionalFields: string[]
}

/**
 * What xling uses of `@huggingface/hub`. It is typed here since the package's own declarations need the DOM's Blob,
 * which Node's types do not match, and loaded at its first use, since models in folders never need it.
 */
export interface HubLibrary {
  modelInfo(asked: InfoAsked): Promise<{ sha?: unknown }>
  datasetInfo(asked: InfoAsked): Promise<{ sha?: unknown }>
  listFiles(asked: Asked & { repo: HubRepo; recursive: boolean }): AsyncIterable<ListedEntry>
  getRepoFolderName(repo: HubRepo): string
  HubApiError: new (url: string, status: number, requestId: string | undefined, message: string) => Error
}

export const hubLibrary = () => require('@huggingface/hub') as HubLibrary
