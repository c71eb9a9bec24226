// What a quickstart says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linesOf, resultLines } from '#xling/quickstart/lines'

test('triplets stand beside their English, losses beside their adapter', () => {
  const triplet = { key: 0, anchor: 'a', gloss: 'b', positive: 'c', negative: 'd' }
  assert.deepEqual(
    linesOf({ triplets: [triplet] }).map(line => line.trim()),
    ['', 'a   (b)', 'follows      c', 'contradicts  d'],
  )
  assert.deepEqual(linesOf({ losses: { adapter: 'positive', first: 3, last: 0.456 } }), [
    '   positive: loss 3.00 at first, 0.46 in the end',
  ])
  assert.deepEqual(linesOf({ triplets: [] }), [])
})

test('every number is in the table, and a control that tells nothing is no number', () => {
  const text = resultLines({
    right: { adapted: 0.5, untuned: 0.0125 },
    kept: 77,
    within: { before: 0.1, after: 0.2, shuffled: -0.3, wordOverlap: 0.4 },
    across: { before: 0.51, after: 0.62, shuffled: 0.73, wordOverlap: undefined },
  }).join('\n')
  assert.match(text, /50\.0 % with the adapters, 1\.3 % without/)
  assert.match(text, /; 77 triplets/)
  assert.match(text, /Torvan and Torvan +0\.100 +0\.200 +-0\.300 +0\.400\n/)
  assert.match(text, /Torvan and English +0\.510 +0\.620 +0\.730 +-\n/)
})
