// As much of the job as there is: a model from nothing, two adapters from csv files, saved, loaded, and asked.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Adapter, Decoder, type Packed, train } from 'xling'
import { type LabelledRow, packExamples } from '#xling/data/collate'
import type { Task } from '#xling/data/example'
import { readExamples } from '#xling/data/read-examples'
import { renderExample, renderPrompt } from '#xling/prompt/render'
import { plain } from '#xling/prompt/templates/plain'
import { config, pairs, writeCsv, writeTokenizer } from './micro-world.js'

const maxTokens = 64

async function examplesOf(llm: Decoder, file: string, task: Task): Promise<LabelledRow[]> {
  const { examples } = await readExamples(file, { kinds: ['pair'], task, where: 'adapt' })
  return examples.map(({ key, anchor, target }) => {
    const text = { sentence: anchor, answer: target }
    return { ...renderExample(llm.tokenizer, plain[task], text, { maxTokens }), key }
  })
}

/** Means of the first and of the last so many. */
function ends(losses: readonly number[], count: number) {
  const mean = (some: readonly number[]) => some.reduce((sum, loss) => sum + loss, 0) / some.length
  return { first: mean(losses.slice(0, count)), last: mean(losses.slice(-count)) }
}

/** Some epochs over rows in which everything is labelled, prompts too. */
async function pretrain(llm: Decoder, rows: readonly LabelledRow[], { epochs, lr }: { epochs: number; lr: number }) {
  const losses: number[] = []
  for (let epoch = 0; epoch < epochs; epoch += 1)
    for (let at = 0; at < rows.length; at += 12) {
      const { loss } = await llm.accumulate(packExamples(rows.slice(at, at + 12)), { objective: 'sft' })
      await llm.step({ lr, clip: 1 })
      await llm.zeroGrad()
      losses.push(loss)
    }
  return ends(losses, Math.ceil(rows.length / 12))
}

async function adapt(llm: Decoder, adapter: Adapter, data: string) {
  const settings = { epochs: 25, batchSize: 12, lr: 5e-3, clip: 1, maxTokens, seed: 1 }
  const losses: number[] = []
  for await (const step of train(llm, { objective: 'sft', adapter, data, ...settings }))
    losses.push(step.losses.sft ?? Number.NaN)
  return ends(losses, Math.ceil(pairs.length / 12))
}

/** The share of anchors whose answer, word by word the likeliest, is the right one. */
async function shareRight(llm: Decoder, task: Task, right: (i: number) => string, adapter?: Adapter) {
  const template = plain[task]
  const prompts = pairs.map(({ anchor }) => ({
    ids: renderPrompt(llm.tokenizer, template, anchor, { maxTokens }).ids,
    adapter,
  }))
  let count = 0
  for await (const { index, text } of llm.generate(prompts, { temperature: 0, maxNewTokens: 6 }))
    if (text.trim() === right(index)) count += 1
  return count / pairs.length
}

test('a model learns from nothing, its adapters learn from files, and both are what they were after a rest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xling-adapt-'))
  const [base, positives, negatives] = ['base', 'positives.csv', 'negatives.csv'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  try {
    await writeCsv(positives, ['sent0', 'sent1'], pair => pair.entailed)
    await writeCsv(negatives, ['sent0', 'hard_neg'], pair => pair.contradicted)

    // From nothing: it learns the order of words, in rows where everything is labelled, and no translation.
    await using made = await Decoder.create(config, { seed: 1 })
    await made.save(base, { dtype: 'f32' })
    await writeTokenizer(base)
    await using fresh = await Decoder.load(base, { trainable: 'all' })
    const parameters = Object.values(await fresh.parameters()).reduce((sum, { data }) => sum + data.length, 0)
    assert.ok(parameters > 150_000 && parameters < 250_000, `${parameters} parameters`)
    const sentences = (await examplesOf(fresh, positives, 'positive')).map((row, i) => {
      const other = fresh.tokenizer.encode(pairs[(i + 7) % pairs.length]?.entailed ?? '', { addSpecial: false })
      const ids = Int32Array.from([...row.ids.subarray(0, row.ids.length - 4), ...other, 2])
      return { ids, labels: ids, key: i }
    })
    const pretrained = await pretrain(fresh, sentences, { epochs: 6, lr: 3e-3 })
    assert.ok(pretrained.last < pretrained.first / 3, JSON.stringify(pretrained))
    await fresh.save(base, { dtype: 'f32' })
    await writeTokenizer(base)

    await using llm = await Decoder.load(base)
    const how = { rank: 8, alpha: 16, dropout: 0.05 }
    const positive = llm.addAdapter('positive', { ...how, seed: 1 })
    const negative = llm.addAdapter('negative', { ...how, seed: 2 })
    const untouched = await llm.logits(Int32Array.of(1, 5, 9))
    for (const [adapter, file] of [
      [positive, positives],
      [negative, negatives],
    ] as const) {
      const { first, last } = await adapt(llm, adapter, file)
      assert.ok(last < first / 4, `${adapter.name}: ${first} to ${last}`)
      await adapter.save(join(folder, adapter.name))
    }
    assert.deepEqual(await llm.logits(Int32Array.of(1, 5, 9)), untouched)

    await using rested = await Decoder.load(base)
    const again = await rested.loadAdapter(join(folder, 'positive'))
    const other = await rested.loadAdapter(join(folder, 'negative'))
    const ids = Int32Array.of(1, 7, 8, 20, 21)
    assert.deepEqual(await rested.logits(ids, { adapter: again }), await llm.logits(ids, { adapter: positive }))
    const entailed = (i: number) => pairs[i]?.entailed ?? ''
    const contradicted = (i: number) => pairs[i]?.contradicted ?? ''
    const [with_, without] = [
      await shareRight(rested, 'positive', entailed, again),
      await shareRight(rested, 'positive', entailed),
    ]
    assert.ok(with_ > 0.8 && without < 0.3, `right with the adapter ${with_}, without ${without}`)
    assert.ok((await shareRight(rested, 'negative', contradicted, other)) > 0.8)

    // A batch of rows of both is learnt from at once, each by its own.
    const rows = [...(await examplesOf(llm, positives, 'positive')).slice(0, 3)]
    const batch: Packed & { labels: Int32Array } = { ...packExamples(rows), adapters: [positive, negative, positive] }
    await llm.accumulate(batch, { objective: 'sft' })
    for (const { gradients } of [positive, negative].map(one => ({ gradients: one.gradients() })))
      assert.ok(Object.values(await gradients).some(({ data }) => data.some(value => value !== 0)))
  } finally {
    await rm(folder, { recursive: true })
  }
})
