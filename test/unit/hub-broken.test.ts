// A body that breaks off or is wrong: a model is whole or an error says why, and the next call goes on.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { downloadModel } from '#xling/model/hub'
import { commit, fakeHub, type Misbehaviour, sha256 } from './hub/fake-hub.js'
import {
  assertNothingHalf,
  assertRecovers,
  blobsOf,
  failureOf,
  isFor,
  on,
  small,
  storageOf,
  weights,
} from './hub/outcome.js'

// Sends a body's first bytes, as the start of all of it or with no word of its length, and ends the connection.
const cutAt =
  (length: number, declared: boolean): Misbehaviour =>
  (_, response) => {
    response.writeHead(200, declared ? { 'content-length': weights.length } : { connection: 'close' })
    if (declared) response.write(weights.subarray(0, length), () => response.destroy())
    else response.end(weights.subarray(0, length))
    return true
  }

for (const declared of [true, false])
  test(`a body that ends early (${declared ? 'and breaks its word' : 'with no word of its length'})`, async t => {
    const hub = await fakeHub(t, small)
    hub.misbehave = on('/model.safetensors', cutAt(150_000, declared))
    const { code, message, cause } = await failureOf(hub)
    assert.equal(code, 'ERR_HUB_FAILED')
    const got = Number(/^model\.safetensors: got (\d+) bytes of 400000( \(.*\))?; run it again$/.exec(message)?.[1])
    if (!declared) assert.equal(got, 150_000) // a broken connection may lose what was under way
    assert.equal(cause instanceof Error, declared)
    hub.bodies.length = 0
    await assertRecovers(hub)
    assert.deepEqual(
      hub.bodies.map(({ url, range }) => [url, range]),
      [['/model.safetensors', got === 0 ? undefined : `bytes=${got}-`]],
    )
  })

test('a small file that ends early', async t => {
  const hub = await fakeHub(t, small)
  hub.misbehave = on('/config.json', (_, response) => {
    response.writeHead(200).end('{"mod')
    return true
  })
  const { code, message } = await failureOf(hub)
  assert.equal(code, 'ERR_HUB_FAILED')
  assert.equal(message, 'config.json: got 5 bytes of 21; run it again')
  hub.bodies.length = 0
  await assertRecovers(hub)
  assert.equal(hub.bodies[0]?.range, undefined) // it has no hash that could vouch for bytes of two downloads
})

test('a body that is too long is not read to its end', async t => {
  const hub = await fakeHub(t, small)
  let closed: (() => void) | undefined
  const ended = new Promise<void>(resolve => {
    closed = resolve
  })
  hub.misbehave = on('/model.safetensors', (_, response) => {
    response.writeHead(200)
    const more = () => response.write(weights, error => (error ? undefined : setImmediate(more)))
    response.on('close', () => closed?.())
    more()
    return true
  })
  const { code, message } = await failureOf(hub)
  assert.equal(code, 'ERR_HUB_FAILED')
  const got = Number(/^model\.safetensors: got (\d+) bytes of 400000; run it again$/.exec(message)?.[1])
  assert.ok(got > weights.length, message)
  await ended
  await assertRecovers(hub)
})

test('other bytes of the right length are found out', async t => {
  const hub = await fakeHub(t, small)
  hub.misbehave = on('/model.safetensors', (_, response) => {
    response.writeHead(200).end(Buffer.alloc(weights.length))
    return true
  })
  const { code, message } = await failureOf(hub)
  assert.equal(code, 'ERR_HUB_FAILED')
  const zeros = sha256(Buffer.alloc(weights.length))
  assert.ok(
    message.startsWith(`model.safetensors: its SHA-256 is ${zeros}, but the hub names ${sha256(weights)}`),
    message,
  )
  await assertRecovers(hub)
})

test('a hub that cannot give the rest gives all of it', async t => {
  const refused: Misbehaviour = ({ headers }, response) => {
    response.writeHead(headers.range ? 416 : 200).end(headers.range ? 'no' : weights)
    return true
  }
  const whole: Misbehaviour = (_, response) => {
    response.writeHead(200).end(weights)
    return true
  }
  const other: Misbehaviour = ({ headers }, response) => {
    const range = { 'content-range': `bytes 7-${weights.length - 1}/${weights.length}` }
    if (headers.range) response.writeHead(206, range).end(weights.subarray(7))
    return headers.range !== undefined
  }
  for (const rest of [refused, whole, other]) {
    const hub = await fakeHub(t, small)
    hub.misbehave = on('/model.safetensors', cutAt(1000, false))
    await failureOf(hub)
    hub.misbehave = on('/model.safetensors', rest)
    await downloadModel(hub.id)
    const [, cut, asked, ...again] = hub.bodies // config.json came first
    assert.deepEqual([cut?.range, asked?.range], [undefined, 'bytes=1000-'])
    assert.deepEqual(again.length, rest === whole ? 0 : 1)
    await assertRecovers(hub)
  }
})

test('what was whole but could not get its name is not fetched again', async t => {
  const hub = await fakeHub(t, small)
  const inTheWay = join(blobsOf(hub), sha256(weights))
  mkdirSync(join(inTheWay, 'full'), { recursive: true })
  await assert.rejects(downloadModel(hub.id), { code: 'ERR_FILE_FAILED', message: new RegExp(inTheWay) })
  rmSync(inTheWay, { recursive: true })
  hub.bodies.length = 0
  await assertRecovers(hub)
  assert.deepEqual(hub.bodies, [])
})

// Ends where an abort does not cut the pause between attempts, which is 30 s.
test('an abort rejects with its reason, and the next call goes on', { timeout: 20_000 }, async t => {
  const hub = await fakeHub(t, small)
  const reason = new Error('enough')
  await assert.rejects(downloadModel(hub.id, { signal: AbortSignal.abort(reason) }), error => error === reason)
  assert.deepEqual(hub.api, [])
  const stages: Misbehaviour[] = [
    () => true, // no answer to the first request
    ({ url }) => isFor(url, `/tree/${commit}`),
    ({ url }) => isFor(url, '/config.json'),
    on('/model.safetensors', (_, response) => {
      response.writeHead(200, { 'content-length': weights.length }).write(weights.subarray(0, 1000))
      return true
    }),
  ]
  for (const stage of stages) {
    const controller = new AbortController()
    hub.misbehave = (request, response) => {
      const reached = stage(request, response)
      if (reached) setImmediate(() => controller.abort(reason))
      return reached
    }
    await assert.rejects(downloadModel(hub.id, { signal: controller.signal }), error => error === reason)
    assertNothingHalf(hub)
  }
  const pausing = new AbortController()
  hub.misbehave = ({ socket }, response) => {
    response.writeHead(503, { 'retry-after': '30', connection: 'close' }).end()
    let turns = 100 // of the event loop, after which its client has taken note of the answer
    const later = () => (turns-- > 0 ? setImmediate(later) : pausing.abort(reason))
    socket.on('close', later)
    return true
  }
  await assert.rejects(downloadModel(hub.id, { signal: pausing.signal }), error => error === reason)
  const controller = new AbortController()
  hub.misbehave = () => false
  const onProgress = ({ received }: { received: number }) => received > 50_000 && controller.abort(reason)
  await assert.rejects(downloadModel(hub.id, { signal: controller.signal, onProgress }), error => error === reason)
  assertNothingHalf(hub)
  assert.ok(!existsSync(join(storageOf(hub), 'refs')))
  hub.bodies.length = 0
  await assertRecovers(hub)
  assert.match(hub.bodies.at(-1)?.range ?? '', /^bytes=\d{5,}-$/)
})
