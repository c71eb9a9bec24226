// TensorBoard's files of events, byte by byte as its own writer makes them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scalarsRecord, versionRecord } from '#xling/pipeline/metrics/event'

interface GoldenEvent {
  wallTime: number
  step: number
  scalars: [tag: string, value: number][]
}

const root = dirname(fileURLToPath(import.meta.resolve('xling/package.json')))
const golden = (name: string) => readFileSync(join(root, 'test/golden/tensorboard', name))
const events: GoldenEvent[] = JSON.parse(golden('events.json').toString())

test("every record has the bytes of TensorBoard's own writer", () => {
  const expected = golden('events.bin')
  assert.equal(events.length, 10)
  let begin = 0
  const next = (record: Buffer, what: string) => {
    assert.deepEqual(record, expected.subarray(begin, begin + record.length), what)
    begin += record.length
  }
  next(versionRecord(events[0]?.wallTime ?? 0), 'the version')
  for (const { wallTime, step, scalars } of events) next(scalarsRecord(wallTime, step, scalars), `step ${step}`)
  assert.equal(begin, expected.length)
})
