// The learning rate of every step, and the rows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Course } from '#xling/train/course'
import { rateAt, type Schedule, warmupSteps } from '#xling/train/schedule'

const rates = (schedule: Schedule, warmup: number, steps: number) =>
  Array.from({ length: steps }, (_, step) => rateAt(step, { lr: 8, schedule, warmup, steps }))

test('a warm-up warms up under every schedule, and wastes no step', () => {
  for (const schedule of ['constant', 'linear', 'cosine'] as const) {
    assert.deepEqual(rates(schedule, 4, 8).slice(0, 4), [2, 4, 6, 8])
    assert.ok(rates(schedule, 0, 8).every(rate => rate > 0))
    assert.equal(rates(schedule, 0, 8)[0], 8)
    assert.equal(rates(schedule, 1, 1)[0], 8)
    assert.deepEqual(rates(schedule, 4, 2), [2, 4])
  }
})

test('after it the rate stays, or falls to 0 by a line or half a cosine', () => {
  assert.deepEqual(rates('constant', 1, 5), [8, 8, 8, 8, 8])
  assert.deepEqual(rates('linear', 0, 4), [8, 6, 4, 2])
  assert.deepEqual(rates('linear', 2, 6), [4, 8, 8, 6, 4, 2])
  const cosine = rates('cosine', 0, 4)
  for (const [i, wanted] of [8, 4 + 2 * Math.SQRT2, 4, 4 - 2 * Math.SQRT2].entries())
    assert.ok(Math.abs((cosine[i] ?? 0) - wanted) < 1e-12, `${cosine[i]} at ${i}`)
})

test('a warm-up below 1 is a share of the steps, rounded up', () => {
  assert.equal(warmupSteps(0, 10), 0)
  assert.equal(warmupSteps(0.1, 11), 2)
  assert.equal(warmupSteps(0.001, 5), 1)
  assert.equal(warmupSteps(1, 10), 1)
  assert.equal(warmupSteps(30, 10), 30)
})

const course = (options: Partial<ConstructorParameters<typeof Course>[0]>) =>
  new Course({
    ...{ rows: 10, batchSize: 2, accumulation: 2, epochs: 2, mostSteps: Number.POSITIVE_INFINITY, seed: 1 },
    ...options,
  })

const rowsOf = (of: Course, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => of.microBatches(from + i).map(rows => [...rows])).flat(2)

test('every epoch has each row once, each in another order, and its last step has what is left', () => {
  for (const rows of [1, 2, 3, 4, 5, 10, 97]) {
    const one = course({ rows, epochs: 3 })
    assert.equal(one.stepsPerEpoch, Math.ceil(rows / 4))
    assert.equal(one.steps, 3 * one.stepsPerEpoch)
    const epochs = [0, 1, 2].map(epoch => rowsOf(one, epoch * one.stepsPerEpoch, (epoch + 1) * one.stepsPerEpoch))
    for (const order of epochs)
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        Array.from({ length: rows }, (_, i) => i),
      )
    if (rows > 9) assert.equal(new Set(epochs.map(String)).size, 3)
  }
  assert.deepEqual(
    course({})
      .microBatches(2)
      .map(rows => rows.length),
    [2],
  )
})

test('a course follows from its seed alone, wherever it is entered', () => {
  const whole = rowsOf(course({}), 0, 6)
  assert.deepEqual(rowsOf(course({}), 4, 6), whole.slice(-6))
  assert.notDeepEqual(rowsOf(course({ seed: 2 }), 0, 6), whole)
  const back = course({})
  back.microBatches(5)
  assert.deepEqual(rowsOf(back, 0, 6), whole)
})

test('a part of an epoch is a part of its steps, one at least; steps end a course before its epochs do', () => {
  assert.equal(course({ epochs: 0.5 }).steps, 2)
  assert.equal(course({ epochs: 0.01 }).steps, 1)
  assert.equal(course({ mostSteps: 4 }).steps, 4)
  assert.equal(course({ mostSteps: 100 }).steps, 6)
})
