// A real encoder on real pairs of sentences, beside sentence-transformers: before training, and what is saved after it.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Encoder, evaluate } from 'xling'
import { type TaskId, tasks } from '#xling/eval/tasks/index'
import { readPairs } from '#xling/eval/tasks/task'
import { runScript, Skip, scratch } from './python.js'

const script = fileURLToPath(new URL('./test/real/sentence_scores.py', import.meta.resolve('xling/package.json')))

const sets: readonly { task: TaskId; data: string }[] = [
  { task: 'sts', data: 'stsb/en/test.csv' },
  { task: 'semrel', data: 'semrel/eng/test.csv' },
  { task: 'semrel', data: 'semrel/hau/test.csv' },
  { task: 'semrel', data: 'semrel/afr/test.csv' },
]

// The same f32 forward with sums in another order: some 1e-7 of vectors of length 1, which moves no rank but of pairs
// whose cosines are as near as that.
const [vectorTolerance, scoreTolerance] = [2e-6, 5e-5]

/** @returns a line that says what was found */
export async function scoreSentences(): Promise<string> {
  const folder = process.env.XLING_REAL_SENTENCES
  if (folder === undefined || !existsSync(folder))
    throw new Skip('set XLING_REAL_SENTENCES to a folder with semrel/LANG/test.csv and stsb/en/test.csv')
  const model = join(scratch, 'models', 'all-MiniLM-L6-v2')
  await runScript(script, ['put', model])
  await using encoder = await Encoder.load(model, { device: 'cpu' })
  const before = await beside(encoder, { model, folder })

  // Trained a little, saved, and loaded by Python: it must score what we do.
  await trainOnce(encoder)
  const saved = join(scratch, 'saved-encoder')
  await rm(saved, { recursive: true, force: true })
  await encoder.save(saved)
  const after = await beside(encoder, { model: saved, folder })
  assert.notDeepEqual(after, before)
  return `Spearman as sentence-transformers has it: ${before.join(', ')}; saved after a step: ${after.join(', ')} (${encoder.device.isa})`
}

/** A line for each set. */
async function beside(encoder: Encoder, { model, folder }: { model: string; folder: string }): Promise<string[]> {
  const pairs = await Promise.all(sets.map(({ task, data }) => readPairs(tasks[task], join(folder, data))))
  const [asked, answered] = [join(scratch, 'pairs.json'), join(scratch, 'scores.json')]
  const listed = pairs.map(rows => ({
    first: rows.map(row => row.first),
    second: rows.map(row => row.second),
    gold: rows.map(row => row.score),
  }))
  await writeFile(asked, JSON.stringify(listed))
  await runScript(script, ['score', model, asked, answered])
  const theirs: { spearman: number; first: number[]; n: number }[] = JSON.parse(await readFile(answered, 'utf8'))
  const lines: string[] = []
  for (const [i, { task, data }] of sets.entries()) {
    const { spearman, interval, n } = await evaluate(encoder, { task, data: join(folder, data), seed: 1 })
    const peer = theirs[i]
    assert.equal(n, peer?.n)
    const off = Math.abs(spearman - (peer?.spearman ?? Number.NaN))
    assert.ok(off < scoreTolerance, `${data}: Spearman is ${spearman}, sentence-transformers has ${peer?.spearman}`)
    const vector = await encoder.encode([pairs[i]?.[0]?.first ?? ''])
    const worst = vector.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - (peer?.first[at] ?? Number.NaN))),
      0,
    )
    assert.ok(worst <= vectorTolerance, `${data}: a vector is off by ${worst}`)
    const range = interval.map(value => value.toFixed(3)).join(' to ')
    lines.push(
      `${data} ${spearman.toFixed(4)} (theirs ${peer?.spearman.toFixed(4)}; ${range}; n ${n}; a vector off by ${worst.toExponential(1)})`,
    )
  }
  return lines
}

async function trainOnce(encoder: Encoder): Promise<void> {
  const { tokenizer } = encoder
  const anchors = tokenizer.encodeBatch(['A man plays the guitar.', 'Two dogs run on a beach.'])
  const positives = tokenizer.encodeBatch(['Someone makes music.', 'There are animals outside.'])
  await encoder.accumulate({ anchors, positives }, { objective: 'contrastive', seed: 1 })
  await encoder.step({ lr: 1e-5 })
  await encoder.zeroGrad()
}
