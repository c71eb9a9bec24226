// What `xling run` prints.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunEvent } from 'xling'
import { RunLines } from '#xling/cli/progress/run-lines'

const step = (number: number, more: object = {}): RunEvent => ({
  kind: 'step',
  stage: 'train-encoder',
  event: {
    ...{ step: number, steps: 100, epoch: number / 50, losses: { contrastive: 1.23456 }, gradNorm: 1, lr: 5e-5 },
    ...{ rows: 64, tokens: 900, seconds: 0.1, data: { rows: 3200, skipped: 0 }, ...more },
  },
})

test('a stage is told of at its beginning and end, by what it gained where that is known', () => {
  const lines = new RunLines()
  const told = (event: RunEvent) => lines.of(event)
  assert.deepEqual(told({ kind: 'began', stage: 'adapt/x', resumed: false }), ['adapt/x: begins'])
  assert.deepEqual(told({ kind: 'began', stage: 'adapt/x', resumed: true }), ['adapt/x: goes on'])
  const results = { before: { spearman: 0.12345, n: 10, interval: [0, 1] }, after: { spearman: 0.5, n: 10 } }
  assert.deepEqual(told({ kind: 'done', stage: 'adapt/x', folder: '/r/adapt/x', results }), [
    'adapt/x: done in 0:00, spearman 0.1235 to 0.5000',
    '  /r/adapt/x',
  ])
  assert.deepEqual(told({ kind: 'skipped', stage: 'adapt/x', folder: '/r', results: { steps: 3 } }), [
    'adapt/x: skipped, it is done',
    '  /r',
  ])
})

test('of sentences there are the first and the last, too, with how many were kept', () => {
  const lines = new RunLines()
  lines.of({ kind: 'began', stage: 'synthesize', resumed: false })
  const shown = Array.from({ length: 30 }, (_, i) =>
    lines.of({
      kind: 'sentence',
      stage: 'synthesize',
      event: { done: i + 1, sentences: 30, kept: i, triplet: undefined, refused: 'echo', resumed: false },
    }),
  )
  assert.deepEqual(
    shown.flatMap((line, i) => (line.length > 0 ? [i + 1] : [])),
    [1, 30],
  )
  assert.match(shown[29]?.[0] ?? '', /^ {2}sentence 30 of 30, 29 kept, [\d.]+ rows\/s$/)
})

test('of steps there are the first, the last, and those that were evaluated; of others not more than one in a while', () => {
  const lines = new RunLines()
  lines.of({ kind: 'began', stage: 'train-encoder', resumed: false })
  const shown = Array.from({ length: 100 }, (_, i) =>
    lines.of(step(i + 1, i + 1 === 40 ? { evaluation: { spearman: 0.7 }, best: true } : {})),
  )
  const which = shown.flatMap((line, i) => (line.length > 0 ? [i + 1] : []))
  assert.deepEqual(which, [1, 40, 100])
  assert.match(
    shown[0]?.[0] ?? '',
    /^ {2}step 1 of 100, contrastive 1\.2346, lr 0\.0000500, [\d.]+ rows\/s, \d+:\d\d left$/,
  )
  assert.match(shown[39]?.[0] ?? '', /left, spearman 0\.7000, best so far$/)
  assert.match(shown[99]?.[0] ?? '', /rows\/s$/)
})
