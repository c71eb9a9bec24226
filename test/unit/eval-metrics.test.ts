// What agreement is counted by: ranks, their correlation, its interval, cosines.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { philox } from '#xling/data/philox'
import { type BootstrapOptions, bootstrapInterval } from '#xling/eval/metrics/bootstrap'
import { cosines } from '#xling/eval/metrics/cosine'
import { spearman, spearmanWithInterval } from '#xling/eval/metrics/spearman'
import { throws } from '../boundary/throws.js'

// By scipy.stats.spearmanr, SciPy 1.17.1.
const correlated: [x: number[], y: number[], rho: number][] = [
  [[1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233],
  [[0.1, 0.2, 0.2, 0.3, 0.3, 0.3, 9], [3, 1, 4, 1, 5, 9, 2], 0.06608480480431908],
  [[5, 1, 1, 1, 4, 4, 0.5, 2, 2, 9], [0, 1, 1, 0, 1, 0, 0, 1, 0, 1], 0.10639903531978628],
  [[1, 1, 2], [2, 1, 1], -0.5],
  [[3, 1, 2], [-1, -7, -3], 1],
  [[1, 2, 3, 4], [8, 6, 4, -2], -1],
  [[1, 2], [7, 9], 1],
]

test("Spearman's rho is SciPy's, ties included", () => {
  for (const [x, y, rho] of correlated) {
    // A few roundings of f64.
    assert.ok(Math.abs(spearman(x, y) - rho) < 1e-15, `${spearman(x, y)} and not ${rho}`)
    assert.equal(spearman(y, x), spearman(x, y))
    assert.equal(spearman(Float64Array.from(x), Float32Array.from(y)), spearman(x, y))
  }
  assert.equal(spearman([3, 1, 2], [-1, -7, -3]), 1)
  // Below and above zero are one value, -0 and 0 too.
  assert.equal(spearman([-0, 0, 1], [1, 1, 2]), 1)
})

test('what has no correlation is refused', async () => {
  const refuse = (x: number[], y: number[]) => () => spearman(x, y)
  await throws(refuse([1, 2], [1, 2, 3]), 'ERR_INVALID_SHAPE', '2 values stand beside 3')
  for (const few of [[], [1]]) await throws(refuse(few, few), 'ERR_INVALID_ARGUMENT', `a correlation of ${few.length}`)
  await throws(refuse([1, 2, 3], [7, 7, 7]), 'ERR_INVALID_ARGUMENT', 'all 3 values of the second list are 7')
  await throws(refuse([0, 0], [1, 2]), 'ERR_INVALID_ARGUMENT', 'of the first list are 0')
  await throws(refuse([1, 2], [1, Number.NaN]), 'ERR_NON_FINITE', 'the second list has NaN at 1')
  await throws(refuse([-Infinity, 2], [1, 3]), 'ERR_NON_FINITE', 'the first list has -Infinity at 0')
})

/** Standard normal numbers, two for each counter (Box & Muller 1958). */
function normals(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const words = philox([i >> 1, 0, 0, 9], [seed, 1])
    const [u = 0, v = 0] = [((words[0] ?? 0) + 1) / 2 ** 32, (words[1] ?? 0) / 2 ** 32]
    return Math.sqrt(-2 * Math.log(u)) * (i & 1 ? Math.sin(2 * Math.PI * v) : Math.cos(2 * Math.PI * v))
  })
}

test("the interval covers a known population's rho about as often as it says", () => {
  // Of normal numbers correlated by r, Spearman's rho is 6/π asin(r/2) (Pearson 1907).
  const [r, rows, samples] = [0.6, 80, 400]
  const rho = (6 / Math.PI) * Math.asin(r / 2)
  let [covered, below, above] = [0, 0, 0]
  for (let sample = 0; sample < samples; sample++) {
    const x = normals(rows, 2 * sample)
    const y = normals(rows, 2 * sample + 1).map((z, i) => r * (x[i] ?? 0) + Math.sqrt(1 - r * r) * z)
    const { spearman, interval } = spearmanWithInterval(x, y, { seed: sample, resamples: 200 })
    const [low, high] = interval
    assert.ok(low < spearman && spearman < high)
    if (rho < low) below++
    else if (rho > high) above++
    else covered++
  }
  // 95 % less what a percentile interval is known to lack in small samples; a binomial's standard error is 1.1 %. An
  // interval of 90 %, or one of half the rows, is outside of this.
  assert.ok(covered / samples > 0.92 && covered / samples < 0.975, `${covered} of ${samples}`)
  // And it leaves out on either side.
  assert.ok(below > 2 && above > 2, `${below} below, ${above} above`)
})

test('its ends are the percentiles of what the statistic was', () => {
  let calls = 0
  // In an order that must not matter: 999 … 0.
  const interval = bootstrapInterval(3, () => 999 - calls++)
  assert.equal(calls, 1000)
  // numpy.percentile(range(1000), [2.5, 97.5])
  assert.ok(Math.abs(interval[0] - 24.975) < 1e-12 && Math.abs(interval[1] - 974.025) < 1e-12, `${interval}`)
  assert.deepEqual(
    bootstrapInterval(3, () => 7, { resamples: 1 }),
    [7, 7],
  )
})

test('every row is as likely as every other, at every place', () => {
  const [rows, resamples] = [7, 4000]
  const counts = Array.from({ length: rows }, () => new Array<number>(rows).fill(0))
  bootstrapInterval(
    rows,
    drawn => {
      assert.equal(drawn.length, rows)
      for (const [place, row] of drawn.entries()) {
        const of = counts[place] ?? []
        of[row] = (of[row] ?? 0) + 1
      }
      return 0
    },
    { resamples },
  )
  const expected = resamples / rows
  const spread = Math.sqrt(expected * (1 - 1 / rows))
  for (const count of counts.flat()) assert.ok(Math.abs(count - expected) < 4.5 * spread, `${count}, ${expected}`)
})

test('the same seed gives the same interval, another seed another', () => {
  const [x, y] = [normals(50, 1), normals(50, 2)]
  const of = (options?: BootstrapOptions) => spearmanWithInterval(x, y, options).interval
  assert.deepEqual(of({ seed: 5 }), of({ seed: 5 }))
  assert.deepEqual(of(), of({ seed: 0, resamples: 1000 }))
  assert.notDeepEqual(of({ seed: 5 }), of({ seed: 6 }))
  // Both words of the seed count.
  assert.notDeepEqual(of({ seed: 5 }), of({ seed: 5 + 2 ** 32 }))
  assert.notDeepEqual(of({ resamples: 999 }), of())
})

test('a resample without a value is drawn again, and none at all is an error', async () => {
  // Of two rows half of the resamples are one row twice.
  assert.deepEqual(spearmanWithInterval([1, 2], [4, 3]), { spearman: -1, interval: [-1, -1] })
  let calls = 0
  const interval = bootstrapInterval(2, () => (calls++ % 3 === 0 ? undefined : calls), { resamples: 10 })
  assert.equal(calls, 15)
  assert.ok(interval.every(Number.isFinite))
  await throws(() => bootstrapInterval(4, () => undefined), 'ERR_INVALID_ARGUMENT', 'resamples of 4 rows')
})

test("misuse of the interval's options is refused", async () => {
  const call = (options: object) => () => spearmanWithInterval([1, 2], [1, 2], options)
  for (const seed of [-1, 0.5, '1', null, Number.NaN])
    await throws(call({ seed }), 'ERR_INVALID_ARGUMENT', `seed is ${seed} but must be a whole number from 0`)
  for (const resamples of [0, -3, 1.5, '9'])
    await throws(
      call({ resamples }),
      'ERR_INVALID_ARGUMENT',
      `resamples is ${resamples} but must be a whole number from 1`,
    )
})

test('cosines are those of the rows, computed in f64', async () => {
  const vectors = Float32Array.of(3, 4, 0, -4, 3, 0, 1, 1, 1, 0, 0, 0, -6, -8, 0, 1e30, 1e30, 1e30)
  const pairs = [
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 4],
    [2, 5],
    [2, 2],
  ] as const
  const want = [0, 7 / 5 / Math.sqrt(3), 0, -1, 1, 1]
  const got = cosines(vectors, 3, pairs)
  for (const [i, cosine] of want.entries()) assert.ok(Math.abs((got[i] ?? 9) - cosine) < 1e-15, `${i}: ${got[i]}`)
  // Equal rows are a tie, whatever is in them.
  const rows = Float32Array.from({ length: 77 }, (_, i) => Math.sin(i * i))
  assert.deepEqual(
    [
      ...cosines(
        Float32Array.of(...rows, ...rows),
        7,
        Array.from({ length: 11 }, (_, i) => [i, i + 11]),
      ),
    ],
    new Array(11).fill(1),
  )
  for (const row of [6, -1, 0.5])
    await throws(() => cosines(vectors, 3, [[0, row]]), 'ERR_INVALID_ARGUMENT', `there is no row ${row}`)
  for (const bad of [Number.NaN, Infinity])
    await throws(() => cosines(Float32Array.of(1, 2, bad, 1), 2, [[0, 1]]), 'ERR_NON_FINITE', 'vector 1 has a number')
})
