// The bench frame's decisions, on made-up samples: nothing here is timed.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseArguments } from '../bench/arguments.js'
import { untilQuiet } from '../bench/attempts.js'
import { BusyMachine, foreignShare, refuseWhenBusy } from '../bench/foreign-cpu.js'
import { interleave } from '../bench/interleave.js'
import { median } from '../bench/median.js'
import { outcomeOf } from '../bench/outcome.js'
import { busySeconds, taskStat } from '../bench/proc.js'
import { type Measured, makeRow, refuseUnequal } from '../bench/row.js'
import { gigabytesPerSecond, seconds } from '../bench/units.js'

const measured: Measured = {
  name: 'op/2x3/torch',
  unit: gigabytesPerSecond,
  amount: 1e9,
  isa: 'avx2',
  threads: 2,
  versions: { xling: '0.1.0', torch: '2' },
  work: { xling: { rows: 2 }, peer: { rows: 2 } },
  rounds: [
    { xling: 0.5, peer: 1 },
    { xling: 0.25, peer: 1 },
    { xling: 1, peer: 8 },
  ],
}

describe('a row', () => {
  it('has the figures of the median rounds and the median of the rounds’ ratios', () => {
    assert.deepEqual(makeRow(measured), {
      name: 'op/2x3/torch',
      xling: 2,
      peer: 1,
      ratio: 4,
      unit: 'GB/s',
      isa: 'avx2',
      threads: 2,
      versions: { xling: '0.1.0', torch: '2' },
      work: { xling: { rows: 2 }, peer: { rows: 2 } },
    })
  })

  it('has a ratio above 1 where xling is better, for units where more is better and where less is', () => {
    for (const unit of [gigabytesPerSecond, seconds]) {
      assert.equal(makeRow({ ...measured, unit, rounds: [{ xling: 1, peer: 3 }] }).ratio, 3, unit.name)
      assert.equal(makeRow({ ...measured, unit, rounds: [{ xling: 4, peer: 1 }] }).ratio, 0.25, unit.name)
    }
  })

  it('is refused where the sides did different work', () => {
    const outcome = { work: { rows: 2, elements: 6 }, means: { y: 1 } }
    refuseUnequal('op', outcome, outcome)
    const lessWork = [{ rows: 2, elements: 5 }, { rows: 2 }, {}, { rows: 2, tokens: 6 }]
    for (const work of lessWork) {
      assert.throws(() => refuseUnequal('op', outcome, { ...outcome, work }), /different work/)
      assert.throws(() => refuseUnequal('op', { ...outcome, work }, outcome), /different work/)
    }
  })

  it('is refused where the sides got different results', () => {
    const outcome = { work: { rows: 2 }, means: { y: 1 } }
    for (const means of [{ y: 1.01 }, { y: Number.NaN }, {}, { y: 1, dx: 1 }] as Record<string, number>[]) {
      assert.throws(() => refuseUnequal('op', outcome, { ...outcome, means }), /results differ/)
    }
  })
})

it('medians are of the sorted numbers, halfway between two in the middle', () => {
  assert.equal(median([10, 9, 100]), 10)
  assert.equal(median([4, 1, 100, 2]), 3)
  assert.throws(() => median([]), RangeError)
})

it('work is counted from what was written, not from what was asked for', () => {
  const data = new Float32Array([1, -2, Number.NaN, 4, 5, 6])
  const outcome = outcomeOf({ y: { shape: [3, 2], data }, rstd: { shape: [2], data: new Float32Array([1, -3]) } })
  assert.deepEqual(outcome, { work: { rows: 2, elements: 7 }, means: { y: Number.NaN, rstd: 2 } })
})

describe('foreign CPU', () => {
  const before = { wall: 10, busy: 100, own: 50 }

  it('is what the machine used beyond both sides, of all CPUs', () => {
    // 4 CPUs for 5 s: 20 s in all, of which 6 s busy, 5 of them ours.
    assert.equal(foreignShare(before, { wall: 15, busy: 106, own: 55 }, 4), 0.05)
    assert.equal(foreignShare(before, { wall: 15, busy: 104, own: 55 }, 4), 0)
  })

  it('above its limit refuses the row', () => {
    refuseWhenBusy(before, { wall: 15, busy: 105.39, own: 55 }, 4)
    assert.throws(() => refuseWhenBusy(before, { wall: 15, busy: 105.41, own: 55 }, 4), BusyMachine)
    assert.throws(() => refuseWhenBusy(before, before, 4), BusyMachine)
  })

  it('is tried three times, with a pause in between, and other errors once', async () => {
    const trace: string[] = []
    const pause = async () => void trace.push('pause')
    const attempt = (quietAt: number) => async () => {
      trace.push('attempt')
      if (trace.filter(step => step === 'attempt').length < quietAt) throw new BusyMachine('busy')
      return 'row'
    }
    assert.equal(await untilQuiet(attempt(3), pause), 'row')
    assert.deepEqual(trace.splice(0), ['attempt', 'pause', 'attempt', 'pause', 'attempt'])
    await assert.rejects(untilQuiet(attempt(4), pause), { name: 'BusyMachine', message: 'busy in each of 3 attempts' })
    assert.deepEqual(trace.splice(0), ['attempt', 'pause', 'attempt', 'pause', 'attempt'])
    const broken = async () => {
      trace.push('attempt')
      throw new TypeError('broken')
    }
    await assert.rejects(untilQuiet(broken, pause), TypeError)
    assert.deepEqual(trace, ['attempt'])
  })

  it('is read from proc(5): busy with steal but without waiting, a task’s name with anything in it', () => {
    assert.equal(busySeconds('cpu  100 200 300 9999 9999 400 500 600 700 800\ncpu0 1 1 1 1 1 1 1 1 1 1\n'), 21)
    const stat = '7 (a b) R (c) S 1 7 7 0 -1 0 1 2 3 4 150 50 9 9 20 0 1 0 0'
    assert.deepEqual(taskStat(stat), { state: 'S', cpuSeconds: 2 })
  })
})

describe('interleaving', () => {
  // Answers 9 s for a turn's first repeat, then `later`.
  const side = (trace: string[], name: string, later: number) => ({
    run: async (n: number) => {
      trace.push(`${name} ${n}`)
      return [9, ...new Array<number>(n - 1).fill(later)]
    },
  })

  it('takes turns, waits before each, and leaves a turn’s first repeat out', async () => {
    const trace: string[] = []
    const between = async () => void trace.push('wait')
    const schedule = { rounds: 2, repeats: 3 }
    const rounds = await interleave(side(trace, 'xling', 1), side(trace, 'peer', 2), schedule, between)
    assert.deepEqual(rounds, new Array(2).fill({ xling: 1, peer: 2 }))
    const round = ['wait', 'xling 4', 'wait', 'peer 4']
    assert.deepEqual(trace, [...round, ...round])
  })

  it('refuses a side that ran another number of repeats', async () => {
    const lazy = { run: async () => [1, 1] }
    const schedule = { rounds: 1, repeats: 3 }
    await assert.rejects(
      interleave(side([], 'xling', 1), lazy, schedule, async () => {}),
      /4 repeats and timed 2/,
    )
  })
})

it('arguments are a file and a filter, and nothing else', () => {
  assert.deepEqual(parseArguments(['--json', 'rows.json']), { json: 'rows.json', filter: '' })
  assert.deepEqual(parseArguments(['--json', 'rows.json', '--filter', 'rms']), { json: 'rows.json', filter: 'rms' })
  for (const args of [[], ['--json', 'a', '--allow-busy'], ['--json', 'a', 'b'], ['--json']]) {
    assert.throws(() => parseArguments(args), TypeError, args.join(' '))
  }
})
