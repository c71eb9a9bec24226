// A hub that refuses, is down, or is none: the error says what to do.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { downloadModel } from '#xling/model/hub'
import { pauseAfter } from '#xling/model/hub/hub-fetch'
import { fakeHub, refuse, setVariables } from './hub/fake-hub.js'
import { assertRecovers, failureOf, on, small } from './hub/outcome.js'

test('a gated model says whose terms to accept, and what to set', async t => {
  const hub = await fakeHub(t, small)
  const messages = [
    [401, 'GatedRepo', 'Access to model owner/model is restricted. Please log in.', {}, /then set HF_TOKEN/],
    [403, 'GatedRepo', 'Your request awaits a review.', { HF_TOKEN: 'hf_me' }, /account of the token in use/],
    [403, '', 'Access to model owner/model is restricted.', {}, /then set HF_TOKEN/],
  ] as const
  for (const [status, code, said, variables, next] of messages) {
    setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home, ...variables })
    hub.misbehave = on('/config.json', (_, response) => refuse(response, status, code, said))
    const { code: found, message } = await failureOf(hub)
    assert.equal(found, 'ERR_HUB_GATED')
    assert.match(message, next)
    assert.ok(message.includes(`${hub.endpoint}/${hub.id}`) && message.includes(said), message)
  }
})

test('what is missing is named: model, revision, file', async t => {
  const hub = await fakeHub(t, small)
  const model = await failureOf(hub, 'owner/other', 'v1')
  assert.equal(model.code, 'ERR_HUB_NOT_FOUND')
  assert.match(model.message, /'owner\/other' at revision 'v1': there is no such model, or it is private and HF_TOKEN/)
  for (const revision of ['v2', 'f'.repeat(40)]) {
    const { code, message } = await failureOf(hub, hub.id, revision)
    assert.equal(code, 'ERR_HUB_NOT_FOUND')
    assert.ok(message.includes(`'owner/model' at revision '${revision}': the repository has no such revision`), message)
  }
  hub.misbehave = on('/config.json', (_, response) => refuse(response, 404, 'EntryNotFound', 'Entry not found'))
  const file = await failureOf(hub)
  assert.equal(file.code, 'ERR_HUB_NOT_FOUND')
  assert.match(file.message, /'main': it has no file at .*config\.json/)
})

test('a token that the hub does not know is no missing model', async t => {
  const hub = await fakeHub(t, small)
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home, HF_TOKEN: 'hf_old' })
  hub.misbehave = (_, response) => refuse(response, 401, '', 'Invalid credentials in Authorization header')
  const { code, message } = await failureOf(hub)
  assert.equal(code, 'ERR_HUB_FAILED')
  assert.match(message, /refuses the token in use/)
})

test('a server that is down is asked three times, then the error says what it answered', async t => {
  const hub = await fakeHub(t, small)
  for (const status of [429, 500, 503]) {
    let asked = 0
    hub.misbehave = (_, response) => {
      asked++
      response.writeHead(status, { 'retry-after': '0' }).end('<html>')
      return true
    }
    const { code, message, cause } = await failureOf(hub)
    assert.equal(code, 'ERR_HUB_FAILED')
    assert.ok(message.includes(` answered ${status} (`) && message.includes('try again later'), message)
    assert.equal(Object(cause).statusCode, status)
    assert.equal(asked, 3)
  }
  await assertRecovers(hub)
})

test('a failure that passes does not fail the download', async t => {
  const hub = await fakeHub(t, small)
  const failed = new Set<string>()
  hub.misbehave = ({ url = '' }, response) => {
    if (failed.has(url)) return false
    failed.add(url)
    response.writeHead(502, { 'retry-after': '0' }).end()
    return true
  }
  await downloadModel(hub.id)
  assert.equal(failed.size, 4)
  await assertRecovers(hub)
})

test('a refusal is not tried again, and what the hub says of it is passed on', async t => {
  const hub = await fakeHub(t, small)
  const json = { 'content-type': 'application/json' }
  const refusals: [status: number, headers: object, body: string, said: string][] = [
    [400, { ...json, 'x-error-message': 'header' }, '{"error":"body"}', 'header'],
    [403, json, '{"error":"body"}', 'body'],
    [416, json, '{"error":["list"]}', 'Range Not Satisfiable'],
    [418, {}, '<html>', "I'm a Teapot"],
  ]
  for (const [status, headers, body, said] of refusals) {
    hub.bodies.length = 0
    hub.misbehave = on('/config.json', (_, response) => {
      response.writeHead(status, { ...headers }).end(body)
      return true
    })
    const { code, message } = await failureOf(hub)
    assert.deepEqual([code, hub.bodies.length], ['ERR_HUB_FAILED', 1])
    assert.ok(message.endsWith(`answered ${status} (${said}) while fetching 'owner/model' at revision 'main'`), message)
  }
})

test('the pause before another attempt is what the hub asks for, within reason', () => {
  const asking = (seconds: string) => new Response(null, { status: 429, headers: { 'retry-after': seconds } })
  const pauses = ['0', '7', '3600', 'Wed, 21 Oct 2026 07:28:00 GMT', '-1'].map(text => pauseAfter(1, asking(text)))
  assert.deepEqual(pauses, [0, 7000, 30_000, 300, 300])
  assert.deepEqual(
    [pauseAfter(1, undefined), pauseAfter(2, undefined), pauseAfter(2, new Response())],
    [300, 1200, 1200],
  )
})

test('a hub that is not there', async t => {
  const hub = await fakeHub(t, small)
  const nobody = createServer().listen(0, '127.0.0.1')
  await new Promise(listening => nobody.once('listening', listening))
  const { port } = nobody.address() as AddressInfo
  await new Promise(closed => nobody.close(closed))
  setVariables(t, { HF_ENDPOINT: `http://127.0.0.1:${port}`, HF_HOME: hub.home })
  const { code, message, cause } = await failureOf(hub)
  assert.equal(code, 'ERR_HUB_FAILED')
  assert.match(message, /cannot be reached \(.*ECONNREFUSED.*HF_HUB_OFFLINE=1/)
  assert.ok(cause instanceof Error)
})

test('answers that are no hub', async t => {
  const hub = await fakeHub(t, small)
  const answers: [path: string, body: string, said: RegExp][] = [
    ['/revision/', '<html>', /cannot be read/],
    ['/revision/', 'null', /cannot be read/],
    ['/revision/', '{}', /names no commit/],
    ['/revision/', '{"sha":"../../x"}', /names no commit/],
    ['/tree/', '{}', /cannot be read/],
    ['/tree/', '[null]', /lists 'undefined'/],
    ['/tree/', '[{"type":"file","path":"config.json","size":-1,"oid":"a"}]', /'config\.json' no size or hash \(-1/],
    ['/tree/', '[{"type":"file","path":"config.json","size":"2","oid":"a"}]', /no size or hash/],
    ['/tree/', '[{"type":"file","path":"config.json","size":2}]', /no size or hash/],
    ['/tree/', '[{"type":"file","path":"config.json","size":2,"oid":"../a"}]', /no size or hash/],
  ]
  for (const [path, body, said] of answers) {
    hub.misbehave = ({ url }, response) => {
      if (!url?.includes(path)) return false
      response.writeHead(200, { 'content-type': 'application/json' }).end(body)
      return true
    }
    const { code, message } = await failureOf(hub)
    assert.equal(code, 'ERR_HUB_FAILED', body)
    assert.match(message, said)
  }
  assert.deepEqual(hub.bodies, [])
})

test('a path that leaves the folder is refused, and nothing is fetched', async t => {
  const hub = await fakeHub(t, small)
  for (const path of ['../config.json', '/etc/config.json', '1_Pooling/../../x', 'a//b', './a', '..\\a', 'C:/a', '']) {
    hub.listed = [{ type: 'file', path, size: 1, oid: 'a' }]
    const { code, message } = await failureOf(hub)
    assert.equal(code, 'ERR_HUB_FAILED', path)
    assert.ok(message.includes(`lists '${path}', a path that leaves the model's folder`), message)
  }
  assert.deepEqual(hub.bodies, [])
  assert.deepEqual(readdirSync(hub.home), [])
})

test('an index that misleads is refused', async t => {
  const indexes: [index: string, said: RegExp][] = [
    ['{', /model\.safetensors\.index\.json is not JSON/],
    ['null', /has no 'weight_map'/],
    ['{"weight_map":["a"]}', /has no 'weight_map'/],
    ['{"weight_map":{}}', /has an empty 'weight_map'/],
    ['{"weight_map":{"t":"../x.safetensors"}}', /puts tensor 't' into '\.\.\/x\.safetensors'/],
    ['{"weight_map":{"t":"/x.safetensors"}}', /puts tensor 't' into '\/x\.safetensors'/],
    ['{"weight_map":{"t":"pytorch_model.bin"}}', /puts tensor 't' into 'pytorch_model\.bin'/],
    ['{"weight_map":{"t":7}}', /puts tensor 't' into '7'/],
  ]
  for (const [index, said] of indexes) {
    const hub = await fakeHub(t, {
      'config.json': '{}',
      'model.safetensors.index.json': index,
      'pytorch_model.bin': '',
    })
    const { code, message } = await failureOf(hub)
    assert.equal(code, 'ERR_MALFORMED_FILE', index)
    assert.match(message, said)
  }
  const weight_map = { t: 'model-00001-of-00001.safetensors' }
  const hub = await fakeHub(t, { 'config.json': '{}', 'model.safetensors.index.json': JSON.stringify({ weight_map }) })
  const { code, message } = await failureOf(hub)
  assert.equal(code, 'ERR_HUB_NOT_FOUND')
  assert.match(message, /has no file 'model-00001-of-00001\.safetensors'/)
})

test('a repository without weights that xling reads says what to do', async t => {
  const repositories: [files: string[], code: string, said: RegExp][] = [
    [
      ['pytorch_model.bin'],
      'ERR_UNSUPPORTED_FILE',
      /only pytorch_model\.bin, and xling reads safetensors alone.*refs\/pr/,
    ],
    [['pytorch_model-00001-of-00002.bin'], 'ERR_UNSUPPORTED_FILE', /only pytorch_model-00001/],
    [['model-Q8_0.gguf'], 'ERR_UNSUPPORTED_FILE', /GGUF files: download one \(model-Q8_0\.gguf\)/],
    [['README.md'], 'ERR_HUB_NOT_FOUND', /it has no weights/],
  ]
  for (const [files, expected, said] of repositories) {
    const hub = await fakeHub(t, Object.fromEntries(['config.json', ...files].map(path => [path, '{}'])))
    const { code, message } = await failureOf(hub)
    assert.equal(code, expected, files[0])
    assert.match(message, said)
    assert.deepEqual(hub.bodies, [])
  }
  const bare = await fakeHub(t, { 'model.safetensors': '' })
  assert.match((await failureOf(bare)).message, /^'owner\/model' at revision 'main' has no config\.json$/)
  const adapter = await fakeHub(t, { 'adapter_config.json': '{}', 'adapter_model.safetensors': '' })
  const { code, message } = await failureOf(adapter)
  assert.equal(code, 'ERR_HUB_NOT_FOUND')
  assert.match(message, /'main' is an adapter: load its base model/)
})
