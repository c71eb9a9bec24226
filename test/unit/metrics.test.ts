// metrics.jsonl and TensorBoard's file hold the same steps, also after a run that was killed.
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { scalarsRecord, versionRecord } from '#xling/pipeline/metrics/event'
import { MetricsLog } from '#xling/pipeline/metrics/metrics-log'
import type { StepMetrics } from '#xling/pipeline/metrics/step-metrics'
import { throws } from '../boundary/throws.js'
import { emptyFolder } from './hub/fake-hub.js'

const untyped = <T>(value: unknown) => value as T

const begin = Date.UTC(2024, 0, 1)

function metrics(step: number, more: Partial<StepMetrics> = {}): StepMetrics {
  return {
    step,
    epoch: step / 4,
    losses: { sft: 3 / step },
    gradNorm: 0.5,
    lr: 2e-4,
    rows: 16,
    tokens: 400 + step,
    seconds: 0.25,
    time: new Date(begin + 250 * step).toISOString(),
    ...more,
  }
}

const folderOf = (t: TestContext) => join(emptyFolder(t), 'adapt/positive')

const linesOf = (folder: string) => readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
const text = (...lines: StepMetrics[]) => lines.map(line => `${JSON.stringify(line)}\n`).join('')

function eventsOf(folder: string): Buffer {
  const names = readdirSync(join(folder, 'tensorboard'))
  assert.equal(names.length, 1)
  assert.match(names[0] ?? '', /tfevents/)
  return readFileSync(join(folder, 'tensorboard', names[0] ?? ''))
}

/** What TensorBoard is to be shown of a step. */
function record({ step, losses, gradNorm, lr, epoch, evaluation = {} }: StepMetrics): Buffer {
  const means = Object.entries(losses).map(([name, value]) => [`loss/${name}`, value] as const)
  const scores = Object.entries(evaluation).map(([name, value]) => [`evaluation/${name}`, value] as const)
  const others = Object.entries({ gradNorm, lr, epoch })
  return scalarsRecord(begin / 1000 + step / 4, step, [...means, ...others, ...scores])
}

const eventFile = (...lines: StepMetrics[]) =>
  Buffer.concat([versionRecord(begin / 1000 + (lines[0]?.step ?? 0) / 4), ...lines.map(record)])

async function written(folder: string, fromStep: number, ...lines: StepMetrics[]): Promise<void> {
  const log = await MetricsLog.open(folder, fromStep)
  for (const line of lines) await log.write(line)
  await log.close()
}

const [one, two, three] = [
  metrics(1),
  metrics(2, { evaluation: { spearman: 0.5, n: 100 } }),
  metrics(3, { losses: { contrastive: 1, other: 2 } }),
]

test('a run that goes on keeps the steps up to its checkpoint, in both files', async t => {
  const folder = folderOf(t)
  await written(folder, 0, one, two, three)
  assert.equal(linesOf(folder), text(one, two, three))
  await written(folder, 2)
  assert.equal(linesOf(folder), text(one, two))
  assert.deepEqual(eventsOf(folder), eventFile(one, two))
  const again = metrics(3, { seconds: 9 })
  await written(folder, 2, again)
  assert.equal(linesOf(folder), text(one, two, again))
  assert.deepEqual(eventsOf(folder), eventFile(one, two, again))
})

test('a run from the beginning keeps nothing', async t => {
  const folder = folderOf(t)
  await written(folder, 0, one)
  await written(folder, 0, two)
  assert.equal(linesOf(folder), text(two))
  // Its first record says when the file was made.
  assert.deepEqual(eventsOf(folder).subarray(-record(two).length), record(two))
})

test('what a kill left of a line and of a record goes', async t => {
  const folder = folderOf(t)
  await written(folder, 0, one)
  appendFileSync(join(folder, 'metrics.jsonl'), text(two).slice(0, -1))
  appendFileSync(
    join(folder, 'tensorboard', readdirSync(join(folder, 'tensorboard'))[0] ?? ''),
    record(two).subarray(9),
  )
  await written(folder, 9, two)
  assert.equal(linesOf(folder), text(one, two))
  assert.deepEqual(eventsOf(folder), eventFile(one, two))
})

const broken: [what: string, line: object, place: string][] = [
  ['no step', { ...metrics(1), step: undefined }, 'step: '],
  ['step 0', metrics(0), 'step: '],
  ['a loss that is text', { ...metrics(1), losses: { sft: '3' } }, 'losses.sft: '],
  ['a time that is none', metrics(1, { time: 'yesterday' }), 'time: '],
  ['half a row', metrics(1, { rows: 0.5 }), 'rows: '],
  ['an unknown key', { ...metrics(1), loss: 3 }, 'Unrecognized key: "loss"'],
]

for (const [what, line, place] of broken)
  test(`refused: a line with ${what}`, async t => {
    const folder = emptyFolder(t)
    const file = join(folder, 'metrics.jsonl')
    writeFileSync(file, `${text(one)}${JSON.stringify(line)}\n`)
    for (const part of [`${file}: line 2 holds no step's metrics: `, place])
      await throws(() => MetricsLog.open(folder, 5), 'ERR_MALFORMED_FILE', part)
  })

test('a number that is none is refused, in both files', async t => {
  const folder = folderOf(t)
  const log = await MetricsLog.open(folder, 0)
  const call = (more: object) => () => log.write({ ...one, ...untyped<Partial<StepMetrics>>(more) })
  await throws(call({ gradNorm: Number.NaN }), 'ERR_INVALID_ARGUMENT', 'gradNorm is NaN')
  await throws(call({ losses: { sft: Number.POSITIVE_INFINITY } }), 'ERR_INVALID_ARGUMENT', 'losses.sft is Infinity')
  await log.write(one)
  await log.close()
  assert.equal(linesOf(folder), text(one))
  assert.deepEqual(eventsOf(folder).subarray(-record(one).length), record(one))
})

test('a folder that cannot be made is refused with its path', async t => {
  const folder = emptyFolder(t)
  writeFileSync(join(folder, 'file'), '')
  await throws(() => MetricsLog.open(join(folder, 'file'), 0), 'ERR_FILE_FAILED', join(folder, 'file/tensorboard'))
  mkdirSync(join(folder, 'a/metrics.jsonl'), { recursive: true })
  await throws(() => MetricsLog.open(join(folder, 'a'), 0), 'ERR_FILE_FAILED', 'cannot read')
})
