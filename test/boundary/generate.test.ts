// Text from a model: what a row gets depends on the row alone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Decoder, type Generated, type GeneratedDelta, type GenerateOptions, type Prompt } from 'xling'

const root = fileURLToPath(new URL('./test/golden/gguf/', import.meta.resolve('xling/package.json')))
let decoder: Decoder
before(async () => {
  decoder = await Decoder.load(`${root}gemma3.gguf`, { device: 'cpu' })
})
after(() => decoder.dispose())

const warm = { temperature: 1.3, topK: 60, topP: 0.95, repetitionPenalty: 1.1 }
const texts = ['ko', 'ko ko', 'bashi ko, ko', '', 'k', 'na gode ko 😀', 'ko koko kokoko ko', 'é']

async function all(prompts: readonly Prompt[], options: GenerateOptions = {}): Promise<Generated[]> {
  const rows: Generated[] = []
  for await (const row of decoder.generate(prompts, options)) rows[(row as Generated).index] = row as Generated
  return rows
}

test('greedy rows have the likeliest token of a forward of the whole row, every time', async () => {
  const [row] = await all(['bashi ko'], { maxNewTokens: 30 })
  const ids = [...decoder.tokenizer.encode('bashi ko')]
  for (const id of row?.ids ?? []) {
    const logits = await decoder.logits(Int32Array.from(ids))
    assert.equal(id, logits.indexOf(Math.max(...logits)))
    ids.push(id)
  }
  const last = await decoder.logits(Int32Array.from(ids))
  if (row?.finishReason === 'stop') assert.ok(decoder.tokenizer.eosIds.includes(last.indexOf(Math.max(...last))))
  else assert.equal(row?.ids.length, 30)
})

test('a row is the same alone and among others, in any batch', async () => {
  const together = await all(texts, { ...warm, maxNewTokens: 40, seed: 7 })
  assert.equal(together.length, texts.length)
  for (const batchSize of [1, 3])
    assert.deepEqual(await all(texts, { ...warm, maxNewTokens: 40, seed: 7, batchSize }), together)
  for (const [key, text] of texts.entries()) {
    const [alone] = await all([{ text, key }], { ...warm, maxNewTokens: 40, seed: 7 })
    assert.deepEqual({ ...alone, index: key }, together[key])
  }
  assert.ok(new Set(together.map(({ ids }) => ids.join())).size > 4)
})

test("seed and key make a row's stream; text and ids are the same prompt", async () => {
  const ids = decoder.tokenizer.encode('ko')
  const [a, b, c, d, e] = await all(['ko', { text: 'ko', key: 0 }, { ids, key: 0 }, { ids, key: 0, seed: 3 }, ids], {
    ...warm,
    seed: 5,
    maxNewTokens: 20,
  })
  assert.deepEqual(b?.ids, a?.ids)
  assert.deepEqual(c?.ids, a?.ids)
  assert.notDeepEqual(d?.ids, a?.ids)
  assert.notDeepEqual(e?.ids, a?.ids)
  const [other] = await all(['ko'], { ...warm, seed: 3, maxNewTokens: 20 })
  assert.deepEqual(other?.ids, d?.ids)
})

test('the text of a row is that of its ids, and streams in pieces that make it', async () => {
  const whole = await all(texts, { ...warm, maxNewTokens: 60 })
  for (const { ids, text } of whole) assert.equal(text, decoder.tokenizer.decode(ids))
  const pieces = texts.map(() => '')
  const ended: number[] = []
  for await (const row of decoder.generate(texts, { ...warm, maxNewTokens: 60, stream: true })) {
    assert.ok(!ended.includes(row.index))
    if ('delta' in row) pieces[row.index] += (row as GeneratedDelta).delta
    else ended.push(row.index)
  }
  assert.deepEqual(
    pieces,
    whole.map(({ text }) => text),
  )
  assert.deepEqual(ended.sort(), [...texts.keys()])
})

test('stops: an id, a text, a part of a token', async () => {
  const [whole] = await all(['ko'], { ...warm, maxNewTokens: 80 })
  assert.ok(whole && whole.ids.length > 20)
  const id = whole.ids[12] as number
  const [byId] = await all(['ko'], { ...warm, maxNewTokens: 80, stop: [id] })
  assert.deepEqual(byId?.ids, whole.ids.slice(0, whole.ids.indexOf(id)))
  assert.equal(byId?.finishReason, 'stop')

  const text = [...whole.text].slice(5, 7).join('')
  for (const stream of [false, true]) {
    const rows: (Generated | GeneratedDelta)[] = []
    for await (const row of decoder.generate(['ko'], { ...warm, maxNewTokens: 80, stop: ['never', text], stream }))
      rows.push(row)
    const stopped = rows.at(-1) as Generated
    assert.equal(stopped.finishReason, 'stop')
    assert.equal(stopped.text, whole.text.slice(0, whole.text.indexOf(text)))
    assert.ok(stopped.text.startsWith(decoder.tokenizer.decode(stopped.ids)))
    assert.deepEqual(stopped.ids, whole.ids.slice(0, stopped.ids.length))
    if (stream)
      assert.equal(
        rows
          .slice(0, -1)
          .map(row => (row as GeneratedDelta).delta)
          .join(''),
        stopped.text,
      )
  }
  const [bySpelling] = await all(['ko'], { ...warm, maxNewTokens: 80, stop: ['<end_of_turn>'] })
  assert.deepEqual(bySpelling, whole, 'a control token that the model ends with anyway')
})

test('the settings of the model are the defaults, and what is given goes before them', () => {
  assert.deepEqual(decoder.sampling(), { repetitionPenalty: 1, temperature: 0, topK: 0, topP: 1, minP: 0 })
  assert.deepEqual(decoder.sampling({ topK: 5, temperature: 0.7 }), {
    repetitionPenalty: 1,
    temperature: 0.7,
    topK: 5,
    topP: 1,
    minP: 0,
  })
})

test('no prompts give no rows; other work on the model goes on between rows', async () => {
  assert.deepEqual(await all([]), [])
  const alone = await decoder.logits(Int32Array.of(2, 262))
  let rows = 0
  for await (const _ of decoder.generate(texts, { ...warm, batchSize: 2, maxNewTokens: 10 })) {
    assert.deepEqual(await decoder.logits(Int32Array.of(2, 262)), alone)
    rows += 1
  }
  assert.equal(rows, texts.length)
})

test('two generations at once do not mix', async () => {
  const options = { ...warm, maxNewTokens: 30, batchSize: 3 }
  const want = await all(texts, options)
  assert.deepEqual(await Promise.all([all(texts, options), all(texts, options)]), [want, want])
})

test('what generating takes is estimated, and grows with its rows and tokens', () => {
  const of = (work: object) => decoder.estimate({ task: 'generate', tokens: 40, ...work })
  const { bytes, weights, cache, workspace } = of({})
  assert.equal(bytes, weights + cache + workspace)
  assert.deepEqual(of({ rows: 16, newTokens: 128 }), of({}))
  assert.ok(of({ rows: 32 }).cache > cache && of({ rows: 32 }).workspace > workspace)
  assert.ok(of({ newTokens: 200 }).cache > cache)
  assert.equal(decoder.estimate({ tokens: 40 }).cache, 0)
  assert.throws(() => of({ newTokens: 0 }), /newTokens is 0 but must be a whole number from 1/)
})
