// A hub on this machine: the answers of huggingface.co that a download meets, over real HTTP, with what it was asked.
// Large files are redirected to a second server, as the hub sends its clients to a CDN.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

export const commit = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'

/** What was asked, in order. */
export interface Asked {
  url: string
  authorization: string | undefined
  range: string | undefined
}

/** Answers in place of the fake, where it returns true. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse) => boolean

export interface FakeHub {
  endpoint: string
  home: string // HF_HOME, empty at first
  type: 'model' | 'dataset'
  id: string
  files: Record<string, string | Buffer>
  listed: object[] // further entries of the listing
  api: Asked[] // at the endpoint, other than files
  bodies: Asked[] // of files, where their bytes come from
  misbehave: Misbehaviour
}

const hashOf = (algorithm: string, ...parts: (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash(algorithm)).digest('hex')

export const sha256 = (content: string | Buffer) => hashOf('sha256', content)

/** The hash by which git, and so the hub, knows a small file. */
export const gitHash = (content: string | Buffer) => hashOf('sha1', `blob ${Buffer.byteLength(content)}\0`, content)

const isLarge = (path: string) => /\.(safetensors|bin|parquet)$/.test(path)

/** The name of a file's blob in the cache. */
export const etagOf = (path: string, content: string | Buffer) => (isLarge(path) ? sha256(content) : gitHash(content))

function entryOf(path: string, content: string | Buffer) {
  const size = Buffer.byteLength(content)
  const lfs = { oid: sha256(content), size, pointerSize: 134 }
  return { type: 'file', path, size, oid: gitHash(content), ...(isLarge(path) && { lfs }) }
}

const fileHeaders = (path: string, content: string | Buffer): Record<string, string> => ({
  'x-repo-commit': commit,
  etag: `"${gitHash(content)}"`,
  ...(isLarge(path) && { 'x-linked-size': `${Buffer.byteLength(content)}`, 'x-linked-etag': `"${sha256(content)}"` }),
})

/** An error as the hub gives it. */
export function refuse(response: ServerResponse, status: number, code: string, message: string): true {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(code && { 'x-error-code': code }),
    'x-error-message': message,
  })
  response.end(JSON.stringify({ error: message }))
  return true
}

function sendBody(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  if (request.headers.range && start >= content.length) response.writeHead(416, { 'content-range': 'bytes */*' }).end()
  else if (request.headers.range)
    response
      .writeHead(206, { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` })
      .end(content.subarray(start))
  else response.writeHead(200, { 'content-length': content.length }).end(content)
}

async function listen(t: TestContext, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server: Server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const variables = ['HF_ENDPOINT', 'HF_TOKEN', 'HF_HOME', 'HF_HUB_CACHE', 'HF_HUB_OFFLINE', 'XDG_CACHE_HOME']
const original = Object.fromEntries(variables.map(name => [name, process.env[name]]))

/** Sets the hub's variables for a test, those not named to nothing, and brings them back after it. */
export function setVariables(t: TestContext, values: Record<string, string>): void {
  const set = (all: Record<string, string | undefined>) => {
    for (const name of variables) {
      delete process.env[name]
      if (all[name] !== undefined) process.env[name] = all[name]
    }
  }
  set(values)
  t.after(() => set(original))
}

/** An empty folder, removed after the test. */
export function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'xling-hub-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A hub with one repository, to which the variables of this process point. */
export async function fakeHub(
  t: TestContext,
  files: FakeHub['files'],
  type: FakeHub['type'] = 'model',
): Promise<FakeHub> {
  const home = emptyFolder(t)
  const hub: FakeHub = {
    endpoint: '',
    home,
    type,
    id: `owner/${type}`,
    files,
    listed: [],
    api: [],
    bodies: [],
    misbehave: () => false,
  }
  const asked = ({ url = '', headers }: IncomingMessage): Asked => {
    return {
      url: decodeURIComponent(url.replace(/\?.*/, '')),
      authorization: headers.authorization,
      range: headers.range,
    }
  }
  const cdn = await listen(t, (request, response) => {
    hub.bodies.push(asked(request))
    if (hub.misbehave(request, response)) return
    const path = decodeURIComponent(request.url ?? '').slice(1)
    sendBody(request, response, Buffer.from(hub.files[path] ?? ''))
  })
  hub.endpoint = await listen(t, (request, response) => {
    const at = asked(request)
    const start = `${type === 'model' ? '' : '/datasets'}/${hub.id}/resolve/${commit}/`
    const resolved = at.url.startsWith(start) ? at.url.slice(start.length) : undefined
    const content = hub.files[resolved ?? '']
    const redirected = content !== undefined && isLarge(resolved ?? '')
    if (resolved === undefined) hub.api.push(at)
    else if (!redirected) hub.bodies.push(at)
    if (!redirected && hub.misbehave(request, response)) return
    if (resolved !== undefined && content !== undefined)
      for (const [name, value] of Object.entries(fileHeaders(resolved, content))) response.setHeader(name, value)
    if (redirected) response.writeHead(302, { location: `${cdn}/${resolved}` }).end()
    else if (content !== undefined) sendBody(request, response, Buffer.from(content))
    else if (resolved !== undefined) refuse(response, 404, 'EntryNotFound', 'Entry not found')
    else answerApi(hub, at.url, { response, recursive: request.url?.includes('recursive=true') ?? false })
  })
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: home })
  return hub
}

// A folder stands in a listing beside what is in it.
function entriesOf({ files, listed }: FakeHub, recursive: boolean): object[] {
  const folders = new Set(
    Object.keys(files).flatMap(path => (path.includes('/') ? [path.replace(/\/[^/]*$/, '')] : [])),
  )
  const inside = [...Object.entries(files)].filter(([path]) => recursive || !path.includes('/'))
  return [
    ...[...folders].map(path => ({ type: 'directory', path, size: 0, oid: gitHash(path) })),
    ...inside.map(([path, content]) => entryOf(path, content)),
    ...listed,
  ]
}

interface ApiAnswer {
  response: ServerResponse
  recursive: boolean
}

function answerApi(hub: FakeHub, path: string, { response, recursive }: ApiAnswer): void {
  const { id, type } = hub
  const json = (value: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  const [, revision] = /\/(?:revision|tree)\/(.*)$/.exec(path) ?? []
  // The hub does not tell strangers what is missing from what is private.
  if (!path.startsWith(`/api/${type}s/${id}/`)) refuse(response, 401, '', 'Invalid username or password.')
  else if (!['main', 'refs/pr/1', 'refs/convert/parquet', commit].includes(revision ?? ''))
    refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`)
  else if (path.includes('/revision/')) json({ _id: '1', id, sha: commit })
  else json(entriesOf(hub, recursive))
}
