// The decisions of the training benches, on made-up runs: nothing here is timed.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, describe, it } from 'node:test'
import { PeerAbsent } from '../bench/peers/peer-process.js'
import { peft, peftAsFound } from '../bench/peers/peft.js'
import { peakResident, peakResidentBytes } from '../bench/proc.js'
import { type Heading, rowOf } from '../bench/row.js'
import { namedRows } from '../bench/rows.js'
import { loraAgreement } from '../bench/training/lora-steps.js'
import { pairsPath, readPairs } from '../bench/training/pairs.js'
import type { StepDone } from '../bench/training/request.js'
import { refuseOtherSteps, type Trained, totalOf } from '../bench/training/same-steps.js'
import { megabytes, rowsPerSecond } from '../bench/units.js'

const refuse = (name: string, ours: Trained, theirs: Trained) => refuseOtherSteps(name, ours, theirs, loraAgreement)
const done = (other: Partial<StepDone> = {}): StepDone => {
  return { seconds: 1, rows: 8, tokens: 500, labels: 100, loss: 4, gradNorm: 5, ...other }
}

const side = (steps: readonly StepDone[], trainable = 6): Trained => ({ steps, trainable })

function refusedEitherWay(a: Trained, b: Trained, message: RegExp): void {
  assert.throws(() => refuse('row', a, b), message)
  assert.throws(() => refuse('row', b, a), message)
}

describe('the same steps', () => {
  it('are counted together', () => {
    const steps = [done(), done({ rows: 1, tokens: 9, labels: 2 })]
    assert.deepEqual(totalOf(steps), { steps: 2, rows: 9, tokens: 509, labels: 102 })
    assert.deepEqual(totalOf([]), { steps: 0, rows: 0, tokens: 0, labels: 0 })
  })

  it('have the same rows, tokens and labels, one by one', () => {
    const two = side([done(), done({ tokens: 400 })])
    refuse('row', two, side([done({ seconds: 9 }), done({ tokens: 400 })]))
    for (const other of [{ rows: 7 }, { tokens: 401 }, { labels: 99 }, { labels: Number.NaN }]) {
      const different = side([done(), done({ tokens: 400, ...other })])
      refusedEitherWay(two, different, /row: the sides did different work in step 2: xling 8 rows|xling 7 rows/)
    }
    // The same in all, though not in each.
    refusedEitherWay(two, side([done({ tokens: 400 }), done()]), /different work in step 1/)
    refusedEitherWay(two, side([done()]), /different work in step 2.*nothing/)
    refusedEitherWay(two, side([]), /different work in step 1.*nothing/)
  })

  it('are steps of something', () => {
    assert.throws(() => refuse('row', side([]), side([])), /row: nothing was trained/)
    const blank = side([done({ labels: 0 }), done({ labels: 0 })])
    assert.throws(() => refuse('row', blank, blank), /row: nothing was trained/)
    const frozen = side([done(), done()], 0)
    assert.throws(() => refuse('row', frozen, frozen), /row: nothing was trained/)
    const two = [done(), done()]
    refusedEitherWay(side(two, 6), side(two, 5), /row: xling trained [56] numbers and the peer [56]/)
  })

  it('begin at the same loss within a thousandth, before dropout and the random factors are in it', () => {
    const from = (loss: number) => side([done({ loss }), done({ loss: 3 })])
    refuse('row', from(4), from(4.0039))
    refuse('row', from(4.0039), from(4))
    for (const loss of [4.0041, 3.9959, 0])
      refusedEitherWay(from(4), from(loss), /row: the sides' loss of step 1 differs/)
  })

  it('have gradients of one size, but for the random factors and dropout', () => {
    const of = (gradNorm: number) => side([done({ gradNorm }), done()])
    refuse('row', of(5), of(5.4))
    refuse('row', of(5.4), of(5))
    for (const norm of [5.6, 4.4, 0, Number.NaN]) refusedEitherWay(of(5), of(norm), /row: .*norm of step 1 differs/)
  })

  it('go on alike, for which there are two', () => {
    const to = (loss: number) => side([done(), done({ loss })])
    refuse('row', to(3), to(3.05))
    refuse('row', to(3.05), to(3))
    for (const loss of [3.07, 2.93]) refusedEitherWay(to(3), to(loss), /row: the sides' loss of step 2 differs/)
    assert.throws(() => refuse('row', side([done()]), side([done()])), /loss of step 2 differs/)
  })

  it('come to losses that differ, but are finite', () => {
    const to = (loss: number) => side([done(), done(), done({ loss })])
    refuse('row', to(3), to(2))
    for (const loss of [Number.NaN, Number.POSITIVE_INFINITY]) {
      refusedEitherWay(to(3), to(loss), /row: a side came to a loss that is not finite/)
      assert.throws(() => refuse('row', to(loss), to(loss)), /row: a side came to a loss that is not finite/)
    }
  })
})

describe('rows of training', () => {
  const names = ['lora_step/gemma3-270m/peft', 'memory/lora_step/gemma3-270m/peft']

  it('have the names that are relied on from outside', () => {
    const all = namedRows(undefined).map(row => row.name)
    assert.deepEqual(
      all.filter(name => name.includes('lora_step')),
      names,
    )
    const contrastive = ['contrastive_step/minilm/sentence-transformers', 'contrastive_loss/4096/torch']
    for (const name of [...contrastive, 'contrastive_loss/4096-tiled/torch']) assert.ok(all.includes(name), name)
  })

  it('are above 1 where xling is better', () => {
    const work = { xling: { rows: 1 }, peer: { rows: 1 } }
    const heading: Omit<Heading, 'unit'> = { name: 'row', isa: 'avx2', threads: 2, versions: {}, work }
    assert.equal(rowsPerSecond.figure(4, 32), 8)
    assert.equal(rowOf({ ...heading, unit: rowsPerSecond }, [{ xling: 8, peer: 4 }]).ratio, 2)
    assert.equal(megabytes.figure(Number.NaN, 3e9), 3000)
    assert.equal(rowOf({ ...heading, unit: megabytes }, [{ xling: 1000, peer: 3000 }]).ratio, 3)
  })

  it('of memory leave the peer its own way with what it frees, those of speed do not', () => {
    const settings = (environment: object) => Object.keys(environment).filter(key => key.startsWith('MALLOC_'))
    assert.deepEqual(settings(peft.environment(2)), ['MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_'])
    const rest = Object.entries(peft.environment(2)).filter(([key]) => !key.startsWith('MALLOC_'))
    assert.deepEqual(peftAsFound.environment(2), Object.fromEntries(rest))
  })

  it('take the peak of resident memory from proc(5)', () => {
    assert.equal(peakResident('VmPeak:\t  9 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 7 kB\n'), 2048 * 1024)
    assert.throws(() => peakResident('VmPeak:\t  9 kB\nVmRSS:\t 7 kB\n'), /no line VmHWM/)
    const before = peakResidentBytes()
    // Pages are resident once they are written to.
    const touched = new Uint8Array(2 ** 26 + process.memoryUsage().rss).fill(1)
    assert.ok(peakResidentBytes() >= touched.length && peakResidentBytes() > before)
  })
})

describe('what is trained on', () => {
  const given = process.env.XLING_BENCH_PAIRS
  const folder = mkdtempSync(join(tmpdir(), 'xling-pairs-'))
  after(() => rmSync(folder, { recursive: true }))
  afterEach(() => {
    if (given === undefined) delete process.env.XLING_BENCH_PAIRS
    else process.env.XLING_BENCH_PAIRS = given
  })

  it('is said by name where it is not there', () => {
    const absent = (message: RegExp) => (error: Error) => error instanceof PeerAbsent && message.test(error.message)
    delete process.env.XLING_BENCH_PAIRS
    assert.throws(() => pairsPath(), absent(/set XLING_BENCH_PAIRS to a csv file with columns sent0 and sent1/))
    process.env.XLING_BENCH_PAIRS = ''
    assert.throws(() => pairsPath(), absent(/set XLING_BENCH_PAIRS/))
    process.env.XLING_BENCH_PAIRS = join(folder, 'none.csv')
    assert.throws(() => pairsPath(), absent(/XLING_BENCH_PAIRS is .*none\.csv, which is not there; set it/))
  })

  it('are the first pairs of a file, and enough of them', async () => {
    const file = join(folder, 'pairs.csv')
    writeFileSync(file, 'sent1,sent0\nb,a\nd,c\n')
    assert.deepEqual(await readPairs(file, 1), [{ anchor: 'a', target: 'b' }])
    assert.equal((await readPairs(file, 2)).length, 2)
    await assert.rejects(readPairs(file, 3), /pairs\.csv has 2 pairs of sentences, and 3 are needed/)
  })
})
