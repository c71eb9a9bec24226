// Text through several adapters at once: what a row gets depends on the row and its adapter alone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Adapter, Decoder, type Generated, type GenerateOptions, type Prompt } from 'xling'
import { throws } from './throws.js'

const file = fileURLToPath(new URL('./test/golden/gguf/gemma3.gguf', import.meta.resolve('xling/package.json')))
let decoder: Decoder
let first: Adapter
let second: Adapter
before(async () => {
  decoder = await Decoder.load(file, { device: 'cpu' })
  first = await adapted('first', 1)
  second = await adapted('second', 2)
})
after(() => decoder.dispose())

/** An adapter whose factors are not zero. */
async function adapted(name: string, seed: number): Promise<Adapter> {
  const adapter = decoder.addAdapter(name, { rank: 4, alpha: 8, targets: 'all-linear', seed })
  const parameters = await adapter.parameters()
  for (const { data } of Object.values(parameters))
    for (let i = 0; i < data.length; i += 1) data[i] = 0.3 * Math.sin((i + 1) * (seed + 5))
  await adapter.setParameters(parameters)
  return adapter
}

const warm = { temperature: 1.3, topK: 60, topP: 0.95, repetitionPenalty: 1.1, maxNewTokens: 24, seed: 7 }
const beginning = 'ko bashi ko gode na ko koko '

/** Each text through none, the first, the second; some share a beginning, some do not. */
const prompts = () =>
  ['ko', `${beginning}ko`, `${beginning}bashi`, 'na gode ko 😀', `${beginning}`].flatMap(text =>
    [undefined, first, second].map(adapter => ({ text, adapter })),
  )

async function all(given: readonly Prompt[], options: GenerateOptions = {}): Promise<Generated[]> {
  const rows: Generated[] = []
  for await (const row of decoder.generate(given, options)) rows[(row as Generated).index] = row as Generated
  return rows
}

test('greedy rows have the likeliest token of a forward through their adapter', async () => {
  const rows = await all(prompts(), { temperature: 0, maxNewTokens: 8, batchSize: 6 })
  for (const { index, ids } of rows) {
    const { text, adapter } = prompts()[index] as { text: string; adapter: Adapter | undefined }
    const row = [...decoder.tokenizer.encode(text)]
    for (const id of ids) {
      const logits = await decoder.logits(Int32Array.from(row), adapter ? { adapter } : {})
      assert.equal(id, logits.indexOf(Math.max(...logits)), `row ${index}`)
      row.push(id)
    }
  }
})

test('a row is the same alone and among rows of other adapters and of none, in any batch', async () => {
  const together = await all(prompts(), warm)
  assert.equal(together.length, prompts().length)
  for (const batchSize of [1, 4]) assert.deepEqual(await all(prompts(), { ...warm, batchSize }), together)
  for (const [key, prompt] of prompts().entries()) {
    const [alone] = await all([{ ...prompt, key }], warm)
    assert.deepEqual({ ...alone, index: key }, together[key])
  }
  const turned = prompts()
    .map((prompt, key) => ({ ...prompt, key }))
    .reverse()
  const back = (await all(turned, warm)).reverse().map((row, index) => ({ ...row, index }))
  assert.deepEqual(back, together)
})

test('adapters change rows of one key and seed, whose draws they have no part in', async () => {
  const fresh = decoder.addAdapter('fresh', { rank: 2 })
  const through = (adapter?: Adapter) => ({ text: 'ko', key: 3, adapter })
  const [none, other, another, nothing] = await all([through(), through(first), through(second), through(fresh)], warm)
  assert.deepEqual(nothing?.ids, none?.ids, 'an adapter that adds nothing')
  assert.notDeepEqual(other?.ids, none?.ids)
  assert.notDeepEqual(another?.ids, none?.ids)
  assert.notDeepEqual(another?.ids, other?.ids)
  await fresh.dispose()
})

test('an adapter that is disposed ends the generation that needs it, and no other', async () => {
  const brief = await adapted('brief', 3)
  const rows = ['ko', 'na', 'ko ko'].map(text => ({ text, adapter: brief }))
  const endless = { ...warm, maxNewTokens: 100, stop: [], batchSize: 2, stream: true }
  const needs = decoder.generate(rows, endless)
  const waits = decoder.generate(rows, warm)
  assert.equal((await needs.next()).done, false)
  await brief.dispose()
  await throws(
    async () => {
      for await (const _ of needs);
    },
    'ERR_DISPOSED',
    'goes through an adapter that has no factors',
  )
  await throws(() => waits.next(), 'ERR_DISPOSED', 'this adapter was disposed')
  await throws(() => decoder.generate(rows, warm), 'ERR_DISPOSED', "the adapter 'brief' was disposed")
  assert.equal((await all(prompts(), warm)).length, prompts().length)
})

test('what is no adapter of this model is refused, by its prompt', async () => {
  await using other = await Decoder.load(file, { device: 'cpu' })
  const foreign = other.addAdapter('first', { rank: 2 })
  // biome-ignore lint/suspicious/noExplicitAny: misuse is what the types forbid
  const refused = (adapter: any, text: string) =>
    throws(() => decoder.generate(['ko', { text: 'ko', adapter }]), 'ERR_INVALID_ARGUMENT', text)
  for (const none of ['first', null, 0, {}, decoder])
    await refused(none, 'Decoder.generate: prompts[1].adapter must be an Adapter')
  await refused(foreign, 'Decoder.generate: prompts[1].adapter is an adapter of another model')
})
