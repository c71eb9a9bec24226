import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { XlingError } from '../../binding/errors.js'
import { fileFailure } from '../../files/atomic.js'
import { blobOf, linkBlob, sizeOf, snapshotOf } from './cache-layout.js'
import { reasonOf } from './hub-errors.js'
import type { Fetch } from './library.js'
import type { HubFile } from './listing.js'
import { claimPartial, finishPartial, releasePartial } from './partial-file.js'

/** One commit of a repository on its way into the cache. */
export interface Download {
  storage: string // the repository's folder in the cache
  commit: string
  address: string // URL of the commit's files, to which a path is added
  fetch: Fetch
  signal: AbortSignal | undefined
}

/** Called with the bytes of the file that are on disk. */
export type Received = (bytes: number) => void

/** Where a file of the download will be. */
export const placeOf = ({ storage, commit }: Download, { path }: HubFile) => join(snapshotOf(storage, commit), path)

// Asks for the bytes from `start` on; they come from 0 on if the hub cannot give that range.
async function request(download: Download, path: string, start: number) {
  const url = `${download.address}/${path.split('/').map(encodeURIComponent).join('/')}`
  // identity: a range of a compressed answer would count compressed bytes.
  const headers = { 'accept-encoding': 'identity', ...(start > 0 && { range: `bytes=${start}-` }) }
  const response = await download.fetch(url, { headers })
  if (start === 0 || response.status === 200) return { body: response.body, start: 0 }
  if (response.headers.get('content-range')?.startsWith(`bytes ${start}-`)) return { body: response.body, start }
  await response.body?.cancel().catch(() => {}) // it is broken, then
  return request(download, path, 0)
}

interface Sink {
  partial: string
  handle: FileHandle // of `partial`, which holds `length` bytes
  length: number
  received: Received
}

// Appends the body, and says why it broke off, if it did; it ends where it exceeds `size`, lest it fill the disk.
async function append(body: ReadableStream<Uint8Array>, sink: Sink, size: number): Promise<unknown> {
  const reader = body.getReader()
  let broken: unknown
  const read = () =>
    reader.read().catch((error: unknown) => {
      broken = error
      return { value: undefined }
    })
  try {
    for (let { value } = await read(); value && sink.length <= size; { value } = await read()) {
      await sink.handle.writeFile(value).catch(fileFailure('write', sink.partial))
      sink.length += value.byteLength
      sink.received(sink.length)
    }
  } finally {
    await reader.cancel().catch(() => {}) // a broken body has nothing to cancel
  }
  return broken
}

// Completes the partial file; only a file whose hash can vouch for the whole goes on where an earlier download stopped.
async function fill(partial: string, download: Download, file: HubFile, received: Received): Promise<void> {
  const failed = fileFailure('write', partial)
  const handle = await open(partial, 'a').catch(failed)
  try {
    const { size: kept } = await handle.stat().catch(failed)
    const wanted = file.sha256 === undefined ? 0 : kept
    const whole = { body: null, start: wanted }
    const { body, start } = wanted === file.size ? whole : await request(download, file.path, wanted)
    await handle.truncate(start).catch(failed)
    received(start)
    const sink: Sink = { partial, handle, length: start, received }
    const broken = body ? await append(body, sink, file.size) : undefined
    if (sink.length !== file.size) {
      const why = broken === undefined ? '' : ` (${reasonOf(broken)})`
      throw new XlingError(
        'ERR_HUB_FAILED',
        `${file.path}: got ${sink.length} bytes of ${file.size}${why}; run it again`,
        broken === undefined ? {} : { cause: broken },
      )
    }
    await handle.sync().catch(failed)
  } finally {
    await handle.close()
  }
}

// Reads what is on disk: bytes that an earlier download left are part of the file too.
async function verify(partial: string, { path, sha256 }: HubFile, signal: AbortSignal | undefined): Promise<void> {
  if (sha256 === undefined) return
  const hash = createHash('sha256')
  await pipeline(createReadStream(partial), hash, { ...(signal && { signal }) }).catch(fileFailure('read', partial))
  const found = hash.digest('hex')
  if (found === sha256) return
  await rm(partial).catch(fileFailure('remove', partial))
  throw new XlingError(
    'ERR_HUB_FAILED',
    `${path}: its SHA-256 is ${found}, but the hub names ${sha256}; what was got is removed: run it again`,
  )
}

/**
 * Brings a file of the commit into the cache; it gets its final name when all of it is verified.
 * @throws XlingError `ERR_HUB_FAILED`, `ERR_HUB_GATED`, `ERR_HUB_NOT_FOUND`, `ERR_DISK_FULL`, `ERR_FILE_FAILED`
 */
export async function fetchFile(download: Download, file: HubFile, received: Received): Promise<void> {
  const blob = blobOf(download.storage, file.etag)
  if ((await sizeOf(blob)) !== file.size) {
    const partial = await claimPartial(blob)
    try {
      await fill(partial, download, file, received)
      await verify(partial, file, download.signal)
      await finishPartial(partial, blob)
    } catch (error) {
      // Another download may have finished meanwhile, and removed this one's file where it took it for an orphan.
      const finished = (await sizeOf(blob)) === file.size && error instanceof XlingError && !download.signal?.aborted
      if (finished) await rm(partial, { force: true })
      else await releasePartial(partial, blob)
      if (!finished) throw error
    }
  }
  await linkBlob(blob, placeOf(download, file))
}
