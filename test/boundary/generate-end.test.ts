// Generation that is ended early: by leaving the loop, by a signal, by dispose.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Decoder, type XlingError } from 'xling'

const file = fileURLToPath(new URL('./test/golden/gguf/llama.gguf', import.meta.resolve('xling/package.json')))
const prompts = Array.from({ length: 40 }, (_, i) => Int32Array.of(1, 5 + i))
const options = { temperature: 1, maxNewTokens: 100, batchSize: 4, stop: [] }

const load = () => Decoder.load(file, { device: 'cpu' })

test('leaving the loop ends the work, and the model is as before', async () => {
  await using decoder = await load()
  const want = await decoder.logits(Int32Array.of(1, 2, 3))
  let rows = 0
  for await (const _ of decoder.generate(prompts, options)) if (++rows === 2) break
  assert.equal(rows, 2)
  assert.deepEqual(await decoder.logits(Int32Array.of(1, 2, 3)), want)
})

test('a signal rejects with its reason: before, while it runs, and not after', async () => {
  await using decoder = await load()
  const aborted = new Error('enough')
  const iterate = async (signal: AbortSignal, onRow = () => {}) => {
    let rows = 0
    for await (const _ of decoder.generate(prompts, { ...options, signal })) {
      rows += 1
      onRow()
    }
    return rows
  }
  await assert.rejects(iterate(AbortSignal.abort(aborted)), error => error === aborted)
  const controller = new AbortController()
  await assert.rejects(
    iterate(controller.signal, () => controller.abort(aborted)),
    error => error === aborted,
  )
  const soon = new AbortController()
  setImmediate(() => soon.abort(aborted))
  await assert.rejects(iterate(soon.signal), error => error === aborted)
  const late = new AbortController()
  assert.equal(await iterate(late.signal), prompts.length)
  late.abort(aborted)
})

test('a disposed model ends its generations, and starts none', async () => {
  const decoder = await load()
  const running = decoder.generate(prompts, options)
  assert.equal((await running.next()).done, false)
  const rest = assert.rejects(
    async () => {
      for await (const _ of running);
    },
    (error: XlingError) => ['ERR_DISPOSED', 'ERR_ABORTED'].includes(error.code),
  )
  await decoder.dispose()
  await rest
  assert.throws(() => decoder.generate(prompts, options), { code: 'ERR_DISPOSED' })
})

test('a generation that nobody iterates costs nothing and holds nothing up', async () => {
  await using decoder = await load()
  for (let i = 0; i < 1000; i += 1) decoder.generate(prompts, options)
  const started = decoder.generate(prompts, options)
  await started.next()
  // Left in the middle, for dispose() to clean up.
})
