// What a download must leave behind, whatever the hub did.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { downloadModel } from '#xling/model/hub'
import { etagOf, type FakeHub, type Misbehaviour } from './fake-hub.js'

export const weights = Buffer.alloc(400_000, 'weights ')

/** The files of a small model. */
export const small = { 'config.json': '{"model_type":"bert"}', 'model.safetensors': weights }

/** True for a URL of this path, or of one that ends in it. */
export const isFor = (url: string | undefined, path: string) => url?.replace(/\?.*/, '').endsWith(path) ?? false

/** Leaves every answer but this file's alone. */
export const on =
  (path: string, answer: Misbehaviour): Misbehaviour =>
  (request, response) =>
    isFor(request.url, path) && answer(request, response)

export const storageOf = ({ home, type, id }: FakeHub) => join(home, 'hub', `${type}s--${id.replace('/', '--')}`)

export const blobsOf = (hub: FakeHub) => join(storageOf(hub), 'blobs')

/** Nothing but files whole and verified has a final name. */
export function assertNothingHalf(hub: FakeHub): void {
  const whole = new Map(Object.entries(hub.files).map(([path, content]) => [etagOf(path, content), content]))
  for (const name of existsSync(blobsOf(hub)) ? readdirSync(blobsOf(hub)) : []) {
    if (name.endsWith('.incomplete')) continue
    const content = whole.get(name)
    assert.ok(content !== undefined, `${name} is no file of the model`)
    assert.deepEqual(readFileSync(join(blobsOf(hub), name)), Buffer.from(content), name)
  }
}

/** The folder holds the model, and the cache nothing else. */
export function assertWhole(hub: FakeHub, folder: string): void {
  for (const [path, content] of Object.entries(hub.files))
    assert.deepEqual(readFileSync(join(folder, path)), Buffer.from(content), path)
  const blobs = Object.entries(hub.files).map(([path, content]) => etagOf(path, content))
  assert.deepEqual(readdirSync(blobsOf(hub)).sort(), blobs.sort())
}

/** A hub that behaves again gives the whole model. */
export async function assertRecovers(hub: FakeHub): Promise<void> {
  hub.misbehave = () => false
  assertWhole(hub, await downloadModel(hub.id))
}

/** What a call rejects with, from a hub in this state. */
export async function failureOf(hub: FakeHub, id = hub.id, revision = 'main'): Promise<Error & { code?: string }> {
  const error = await downloadModel(id, { revision }).then(
    folder => assert.fail(`it gave ${folder}`),
    (error: Error) => error,
  )
  assertNothingHalf(hub)
  return error
}
