// A LoRA adapter on real weights and real pairs: its loss falls, and PEFT loads what is saved.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Adapter, Decoder } from 'xling'
import { packExamples } from '#xling/data/collate'
import { readExamples } from '#xling/data/read-examples'
import { type RenderedExample, renderExample } from '#xling/prompt/render'
import { plain } from '#xling/prompt/templates/plain'
import { Golden } from '../golden/safetensors.js'
import { prompts } from './prompts.js'
import { runScript, Skip, scratch } from './python.js'

const scripts = fileURLToPath(new URL('./test/real/', import.meta.resolve('xling/package.json')))

const [trainingPairs, heldOutPairs] = [300, 40]
const [microBatch, accumulation] = [8, 2]

// Sums in another order err otherwise, and by about as much: eight times what transformers' own f32 errs by.
const tolerances = 8

/** @returns a line that says what was found */
export async function trainAdapter(name: string): Promise<string> {
  const pairs = process.env.XLING_REAL_PAIRS
  if (pairs === undefined || !existsSync(pairs))
    throw new Skip('set XLING_REAL_PAIRS to a csv of sentences and English ones that follow from them (sent0, sent1)')
  const [models, saved] = [join(scratch, 'models'), join(scratch, 'adapter')]
  await mkdir(models, { recursive: true })
  await runScript(join(scripts, 'put_weights.py'), [models])
  await using llm = await Decoder.load(join(models, name), { device: 'cpu' })
  const examples = await renderPairs(llm, pairs)
  const [training, heldOut] = [examples.slice(0, trainingPairs), examples.slice(trainingPairs)]

  const config = { rank: 8, alpha: 16, dropout: 0.05, seed: 42 } as const
  const adapter = llm.addAdapter('positive', config)
  const before = await meanLoss(llm, heldOut, adapter)
  const losses = await train(llm, training, adapter)
  const after = await meanLoss(llm, heldOut, adapter)
  const quarter = Math.floor(losses.length / 4)
  const [first, last] = [mean(losses.slice(0, quarter)), mean(losses.slice(-quarter))]
  assert.ok(last < 0.9 * first, `the loss of the last steps is ${last}, of the first ${first}`)
  assert.ok(after < 0.9 * before, `the loss of held-out pairs was ${before} and is ${after}`)

  await rm(saved, { recursive: true, force: true })
  await adapter.save(saved)
  const { worst, tolerance } = await besidePeft(llm, adapter, { model: join(models, name), saved })
  assert.ok(worst <= tolerance, `with PEFT a logit is off by ${worst}, more than ${tolerance}`)
  return (
    `${training.length} pairs, ${losses.length} steps: loss ${first.toFixed(3)} to ${last.toFixed(3)}; of ` +
    `${heldOut.length} held-out pairs ${before.toFixed(3)} to ${after.toFixed(3)}; PEFT loads the folder: logits off by ` +
    `${worst.toExponential(1)} at most (tolerance ${tolerance.toExponential(1)}) (${llm.device.isa})`
  )
}

async function renderPairs(llm: Decoder, path: string): Promise<RenderedExample[]> {
  const source = { path, schema: 'entailments', limit: trainingPairs + heldOutPairs } as const
  const { examples } = await readExamples(source, { kinds: ['pair'], where: 'pairs' })
  assert.equal(examples.length, trainingPairs + heldOutPairs)
  return examples.map(({ anchor, target }) =>
    renderExample(llm.tokenizer, plain.positive, { sentence: anchor, answer: target }, { maxTokens: 512 }),
  )
}

/** One epoch; the loss of each step's rows before it. */
async function train(llm: Decoder, examples: readonly RenderedExample[], adapter: Adapter): Promise<number[]> {
  const losses: number[] = []
  const rows = examples.map((example, key) => ({ ...example, key }))
  for (let begin = 0; begin < rows.length; begin += microBatch * accumulation) {
    let [sum, labels] = [0, 0]
    for (let at = begin; at < begin + microBatch * accumulation && at < rows.length; at += microBatch) {
      const batch = packExamples(rows.slice(at, at + microBatch))
      const { loss, count } = await llm.accumulate(batch, { objective: 'sft', adapter, seed: 42 })
      sum += loss * count
      labels += count
    }
    await llm.step({ lr: 2e-4, clip: 0.3 })
    await llm.zeroGrad()
    losses.push(sum / labels)
  }
  return losses
}

async function meanLoss(llm: Decoder, examples: readonly RenderedExample[], adapter: Adapter): Promise<number> {
  const losses: number[] = []
  for (const { ids, labels } of examples) losses.push(await llm.loss(ids, labels, { adapter }))
  return mean(losses)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

async function besidePeft(llm: Decoder, adapter: Adapter, files: { model: string; saved: string }) {
  const rows = prompts.slice(0, 6).map(text => llm.tokenizer.encode(text))
  const [asked, answered] = [join(scratch, 'adapter.prompts.json'), join(scratch, 'adapter.reference.safetensors')]
  await writeFile(asked, JSON.stringify(rows.map(ids => [...ids])))
  await runScript(join(scripts, 'reference_adapter.py'), [files.model, files.saved, asked, answered])
  const reference = await Golden.openFile(answered)
  let worst = 0
  for (const [i, ids] of rows.entries()) {
    const [ours, theirs] = [await llm.logits(ids, { adapter }), reference.read(`logits.${i}`, 'F32')]
    assert.equal(ours.length, theirs.length)
    worst = ours.reduce((most, value, id) => Math.max(most, Math.abs(value - (theirs[id] ?? Number.NaN))), worst)
  }
  return { worst, tolerance: tolerances * (reference.read('error', 'F32')[0] ?? 0) }
}
