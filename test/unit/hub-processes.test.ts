// Downloads of one model at once, and after one that was killed.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { downloadModel } from '#xling/model/hub'
import { type FakeHub, fakeHub, sha256 } from './hub/fake-hub.js'
import { assertWhole, blobsOf, small, weights } from './hub/outcome.js'

const root = dirname(fileURLToPath(import.meta.resolve('xling/package.json')))
const waiting = { timeout: 60_000 } // ends a test whose processes never ask for what it waits for

// A process that downloads the model and prints how far it is, then the folder.
function startProcess(t: TestContext): ChildProcess {
  const script = `import { downloadModel } from '#xling/model/hub'
    const onProgress = ({ file, received }) => console.log(file, received)
    console.log(await downloadModel('owner/model', { onProgress }))`
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { cwd: root, stdio: [...stdio] })
  t.after(() => child.kill('SIGKILL'))
  return child
}

async function linesOf(child: ChildProcess): Promise<string[]> {
  const lines: string[] = []
  if (child.stdout) for await (const line of createInterface(child.stdout)) lines.push(line)
  return lines
}

const incomplete = (hub: FakeHub) => readdirSync(blobsOf(hub)).filter(name => name.endsWith('.incomplete'))

// Every download gets the first half of the weights, and the rest when as many have it as are expected.
function holdBodies(hub: FakeHub, expected: number): Promise<(() => void)[]> {
  const rests: (() => void)[] = []
  return new Promise(resolve => {
    hub.misbehave = ({ url, headers }, response: ServerResponse) => {
      if (!url?.endsWith('/model.safetensors') || headers.range) return false
      response.writeHead(200, { 'content-length': weights.length })
      response.write(weights.subarray(0, 200_000), () => {
        rests.push(() => response.end(weights.subarray(200_000)))
        if (rests.length === expected) resolve(rests)
      })
      return true
    }
  })
}

test('two processes that download a model at once both have it', waiting, async t => {
  const hub = await fakeHub(t, small)
  const held = holdBodies(hub, 2)
  const children = [startProcess(t), startProcess(t)]
  const lines = Promise.all(children.map(linesOf))
  for (const rest of await held) rest()
  const [first = [], second = []] = await lines
  assert.equal(first.at(-1), second.at(-1))
  assertWhole(hub, first.at(-1) ?? '')
})

test('two calls of one process as well', waiting, async t => {
  const hub = await fakeHub(t, small)
  const held = holdBodies(hub, 2)
  const folders = Promise.all([downloadModel(hub.id), downloadModel(hub.id)])
  for (const rest of await held) rest()
  const [first, second] = await folders
  assert.equal(first, second)
  assertWhole(hub, first)
})

test('a download goes on where a killed one stopped, and leaves a living one alone', waiting, async t => {
  const hub = await fakeHub(t, small)
  const held = holdBodies(hub, 2)
  const [killed, living] = [startProcess(t), startProcess(t)]
  const far = (child: ChildProcess) =>
    new Promise<void>(resolve => {
      createInterface(child.stdout ?? process.stdin).on('line', line => {
        if (/^model\.safetensors 2000(00|21)$/.test(line)) resolve() // with the bytes of config.json if it fetched them
      })
    })
  await Promise.all([held, far(killed), far(living)])
  assert.equal(incomplete(hub).length, 2)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  hub.bodies.length = 0
  const folder = await downloadModel(hub.id)
  assert.deepEqual(
    hub.bodies.map(({ range }) => range),
    ['bytes=200000-'],
  )
  assert.equal(sha256(readFileSync(join(folder, 'model.safetensors'))), sha256(weights))
  assert.equal(incomplete(hub).length, 1)
  for (const rest of await held) rest()
  const [status] = await once(living, 'exit')
  assert.equal(status, 0)
  assertWhole(hub, folder)
})

test('a download whose file another finished and removed has the model too', waiting, async t => {
  for (const finished of [true, false]) {
    const hub = await fakeHub(t, small)
    const held = holdBodies(hub, 1)
    const folder = downloadModel(hub.id)
    const rests = await held
    const [own = ''] = incomplete(hub)
    rmSync(join(blobsOf(hub), own))
    if (finished) writeFileSync(join(blobsOf(hub), sha256(weights)), weights)
    for (const rest of rests) rest()
    if (finished) assertWhole(hub, await folder)
    else await assert.rejects(folder, { code: 'ERR_FILE_FAILED' })
  }
})

test('that another finished hides neither an abort nor an error of the caller', waiting, async t => {
  const own = new Error('own')
  for (const aborted of [true, false]) {
    const hub = await fakeHub(t, small)
    const held = holdBodies(hub, 1)
    const controller = new AbortController()
    const stop = () => {
      if (!aborted) throw own
      controller.abort(own)
    }
    const onProgress = ({ received }: { received: number }) => received > 200_021 && stop()
    const folder = downloadModel(hub.id, { signal: controller.signal, onProgress })
    const [rest] = await held
    writeFileSync(join(blobsOf(hub), sha256(weights)), weights)
    rest?.()
    await assert.rejects(folder, error => error === own)
  }
})
