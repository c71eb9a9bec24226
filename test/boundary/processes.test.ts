import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { hostInfo } from '#xling/binding/host'
import { addonPath } from '#xling/binding/load'

// Each script runs in a process of its own; the package is found from here.
function run(script: string, environment: Record<string, string> = {}) {
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, ...environment },
    timeout: 60_000,
  })
  return { status: child.status, signal: child.signal, out: child.stdout, err: child.stderr }
}

const head = `
  import { Kernels } from 'xling/kernels'
  const kernels = await Kernels.open()
  const numbers = count => Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1))
  const x = await kernels.tensor([513, 640], { data: numbers(513 * 640) })
  const weight = await kernels.tensor([640], { data: numbers(640) })
  const dweight = await kernels.tensor([640])
  const y = await kernels.tensor([513, 640])
  const rstd = await kernels.tensor([513])
`

test('a process with an endless run can exit, at once and with its own code', () => {
  const script = `${head} kernels.run('rms_norm', { x, weight, y }, { repeat: 1e6 }); setImmediate(() => process.exit(7))`
  assert.deepEqual(run(script), { status: 7, signal: null, out: '', err: '' })
})

test('a process lives until its work is done, and then ends by itself', () => {
  const script = `${head} kernels.run('rms_norm', { x, weight, y }, { repeat: 50 }).then(r => console.log(r.seconds.length))`
  assert.deepEqual(run(script), { status: 0, signal: null, out: '50\n', err: '' })
})

test('threads 1 = 2 = 3, forward and backward, to the last bit', () => {
  const script = `${head}
    import { createHash } from 'node:crypto'
    await kernels.run('rms_norm', { x, weight, y, rstd })
    await kernels.run('rms_norm_backward', { x, weight, rstd, dy: y, dx: y, dweight })
    const hash = createHash('sha256')
    for (const tensor of [y, dweight]) hash.update(new Uint8Array((await tensor.read()).buffer))
    console.log(kernels.device.threads, hash.digest('hex'))`
  const outcomes = ['1', '2', '3'].map(threads => run(script, { XLING_THREADS: threads }).out.trim().split(' '))
  assert.deepEqual(
    outcomes.map(([threads]) => threads),
    ['1', '2', '3'],
  )
  assert.equal(new Set(outcomes.map(([, hash]) => hash)).size, 1)
})

test('XLING_ISA pins the instruction set; what cannot run or count is refused', () => {
  const script = `import { Kernels } from 'xling/kernels'
    try { console.log((await Kernels.open()).device.isa) } catch (error) { console.log(error.code, error.message) }`
  for (const isa of hostInfo().isas) assert.equal(run(script, { XLING_ISA: isa }).out, `${isa}\n`)
  assert.match(
    run(script, { XLING_ISA: 'mmx' }).out,
    /^ERR_ISA_UNAVAILABLE XLING_ISA is 'mmx'; this machine runs .*portable/,
  )
  assert.match(run(script, { XLING_THREADS: 'many' }).out, /^ERR_INVALID_ARGUMENT XLING_THREADS is 'many'/)
})

test('a missing addon is an XlingError that says how to build it', () => {
  const script = `await import('xling').catch(error => console.log(error.code, error.message))`
  assert.match(
    run(script, { XLING_PREBUILD: '/nowhere', PREBUILDS_ONLY: '1' }).out,
    /^ERR_ADDON_MISSING .*npm run build/,
  )
})

test('the addon alone, without the façade, throws errors with a code and never ends the process', () => {
  const script = `
    import { createRequire } from 'node:module'
    const addon = createRequire(import.meta.url)(${JSON.stringify(addonPath())})
    try { addon.openContext(5) } catch (error) { console.log(error.code) }
    await addon.openContext('gpu').promise.catch(error => console.log(error.code))`
  assert.deepEqual(run(script), { status: 0, signal: null, out: 'ERR_INVALID_ARGUMENT\n'.repeat(2), err: '' })
})

const workerScript = `
  import { parentPort } from 'node:worker_threads'
  ${head}
  await kernels.run('rms_norm', { x, weight, y })
  parentPort.postMessage('ready')
  await kernels.run('rms_norm', { x, weight, y }, { repeat: 1e6 })
`

test('a worker thread can be ended in the middle of its work; others go on', { timeout: 60_000 }, async () => {
  const start = async () => {
    const worker = new Worker(
      new URL(
        `data:text/javascript,${encodeURIComponent(workerScript.replaceAll("'xling/kernels'", `'${import.meta.resolve('xling/kernels')}'`))}`,
      ),
    )
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    return worker
  }
  const workers = await Promise.all([start(), start()])
  for (const worker of workers) assert.equal(await worker.terminate(), 1)
  await (await start()).terminate()
})

test('an addon that only worker threads loaded outlives them', () => {
  const script = `
    import { Worker } from 'node:worker_threads'
    const source = ${JSON.stringify(workerScript.split('parentPort.postMessage')[0])}.replace("'xling/kernels'", JSON.stringify(import.meta.resolve('xling/kernels')))
    for (let round = 0; round < 3; round++)
      await new Promise((resolve, reject) =>
        new Worker(new URL('data:text/javascript,' + encodeURIComponent(source))).once('exit', resolve).once('error', reject))
    console.log('alive')`
  assert.deepEqual(run(script), { status: 0, signal: null, out: 'alive\n', err: '' })
})

test('the end of a worker thread stops its work and frees its tensors', { timeout: 60_000 }, async () => {
  const kernelsUrl = import.meta.resolve('xling/kernels')
  const worker = new Worker(
    new URL(
      `data:text/javascript,${encodeURIComponent(`
      import { parentPort } from 'node:worker_threads'
      import { Kernels } from '${kernelsUrl}'
      const kernels = await Kernels.open()
      const x = await kernels.tensor([64 * 1024, 1024])
      const weight = await kernels.tensor([1024])
      parentPort.postMessage('ready')
      await kernels.run('rms_norm', { x, weight, y: x }, { repeat: 1e6 })`)}`,
    ),
  )
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  const before = process.memoryUsage.rss()
  await worker.terminate()
  const freed = before - process.memoryUsage.rss()
  assert.ok(freed > 200 * 2 ** 20, `only ${freed >> 20} of 256 MiB came back`)
})

test('worker threads ended at any moment, while loading, starting or settling work, never end the process', () => {
  const script = `
    import { Worker } from 'node:worker_threads'
    const source = \`
      import { parentPort } from 'node:worker_threads'
      import { Kernels } from '\${import.meta.resolve('xling/kernels')}'
      const kernels = await Kernels.open()
      const x = await kernels.tensor([64, 64])
      const weight = await kernels.tensor([64])
      parentPort.postMessage('ready')
      for (;;)
        await Promise.all([
          kernels.run('rms_norm', { x, weight, y: x }),
          kernels.run('rms_norm', { x, weight, y: x, wrong: 1 }).catch(() => {}),
          x.read(),
          Kernels.open().then(other => other.dispose()),
        ])\`
    for (let round = 0; round < 60; round++) {
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)))
      await new Promise(resolve => worker.once(round % 3 === 0 ? 'online' : 'message', resolve))
      if (round % 2) await new Promise(resolve => setImmediate(resolve))
      await worker.terminate()
    }
    console.log('alive')`
  assert.deepEqual(run(script), { status: 0, signal: null, out: 'alive\n', err: '' })
})
