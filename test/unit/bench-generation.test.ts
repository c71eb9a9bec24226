// The decisions of the generation benches, on made-up runs: nothing here is timed.
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { afterEach, describe, it } from 'node:test'
import type { Done } from '../bench/generation/request.js'
import { refuseAnotherJob, totalOf } from '../bench/generation/same-job.js'
import { promptCount, promptOf, samplingJob } from '../bench/generation/sampling.js'
import { sentences } from '../bench/generation/sentences.js'
import { weightsPath } from '../bench/generation/weights.js'
import { llamaCpp } from '../bench/peers/llama-cpp.js'
import { PeerAbsent } from '../bench/peers/peer-process.js'
import { type Heading, rowAlone, rowOf } from '../bench/row.js'
import { namedRows } from '../bench/rows.js'
import { millisecondsPerToken, seconds, tokensPerSecond } from '../bench/units.js'

const done = (lengths: number[], promptTokens = 7): Done => ({ seconds: 1, promptTokens, lengths })

describe('the same job', () => {
  it('is counted over all rounds', () => {
    assert.deepEqual(totalOf([done([3, 0]), done([5, 1], 8)]), { rounds: 2, rows: 4, promptTokens: 15, tokens: 9 })
  })

  it('needs the same rows and prompts', () => {
    refuseAnotherJob('row', [done([3, 5])], [done([5, 3])])
    for (const other of [done([3]), done([3, 5, 4]), done([3, 5], 8)]) {
      assert.throws(() => refuseAnotherJob('row', [done([3, 5])], [other]), /row: the sides did different work/)
      assert.throws(() => refuseAnotherJob('row', [other], [done([3, 5])]), /row: the sides did different work/)
    }
    for (const nothing of [[], [done([0, 0])], [done([-1, Number.NaN])]]) {
      assert.throws(() => refuseAnotherJob('row', nothing, [done([3, 5])]), /no token/)
      assert.throws(() => refuseAnotherJob('row', [done([3, 5])], nothing), /no token/)
    }
  })

  it('has greedy rows of one length', () => {
    refuseAnotherJob('row', [done([127]), done([127])], [done([127]), done([127])])
    assert.throws(() => refuseAnotherJob('row', [done([127])], [done([126])]), /not equally long/)
    assert.throws(() => refuseAnotherJob('row', [done([127, 127])], [done([126, 126])]), /not equally long/)
  })

  it('has drawn rows whose mean lengths are within four standard errors', () => {
    // 100 rows of 9 and 11 each: a mean of 10 that errs by 1.00504 / 10, two of them by 0.1421.
    const around = (mean: number) => done(Array.from({ length: 100 }, (_, i) => mean + (i % 2 === 0 ? 1 : -1)))
    refuseAnotherJob('row', [around(10)], [around(10.56)])
    refuseAnotherJob('row', [around(10.56)], [around(10)])
    assert.throws(() => refuseAnotherJob('row', [around(10)], [around(10.58)]), /not equally long/)
    assert.throws(() => refuseAnotherJob('row', [around(10.58)], [around(10)]), /not equally long/)
    // More rows say more.
    assert.throws(
      () => refuseAnotherJob('row', [around(10), around(10)], [around(10.56), around(10.56)]),
      /not equally long/,
    )
  })
})

describe('the sampling job', () => {
  it('has 200 prompts that begin alike and are all different', () => {
    const { prompts, name } = samplingJob(promptCount(undefined))
    assert.equal(name, 'sampling/gemma3-270m')
    assert.equal(new Set(prompts).size, 200)
    const template = promptOf('').split('Given: ')[0] ?? ''
    assert.ok(template.length > 80 && prompts.every(prompt => prompt.startsWith(template)))
  })

  it('has another name where it is smaller', () => {
    assert.equal(promptCount('200'), 200)
    assert.equal(promptCount(''), 200)
    const smaller = samplingJob(promptCount('3'))
    assert.equal(smaller.name, 'sampling/gemma3-270m/3-prompts')
    assert.equal(smaller.prompts.length, 3)
    for (const wrong of ['0', '201', '2.5', '-1', 'all', 'NaN'])
      assert.throws(() => promptCount(wrong), { name: 'RangeError', message: /XLING_BENCH_PROMPTS/ }, wrong)
  })

  it('runs out of sentences rather than repeating one', () => {
    assert.equal(new Set(sentences(1001)).size, 1001)
    assert.throws(() => sentences(1002), /1001 sentences/)
  })
})

describe('rows', () => {
  const heading: Heading = {
    name: 'row',
    unit: seconds,
    isa: 'avx2',
    threads: 2,
    versions: {},
    work: { xling: { rows: 1 }, peer: null },
  }

  it('have the names that are relied on from outside', () => {
    const names = namedRows(undefined).map(row => row.name)
    const generation = ['sampling/gemma3-270m/hf', 'sampling/gemma3-270m/llama.cpp']
    const others = ['decode/gemma3-270m/llama.cpp', 'decode/smollm2-135m/llama.cpp', 'load/gemma3-270m']
    assert.deepEqual(names.slice(-5), [...generation, ...others])
    assert.ok(names.includes('rms_norm/2048x640/torch'))
    assert.equal(new Set(names).size, names.length)
    const smaller = namedRows('16').map(row => row.name)
    assert.ok(smaller.includes('sampling/gemma3-270m/16-prompts/hf'))
    assert.ok(!generation.some(name => smaller.includes(name)))
  })

  it('without a peer have neither its figure nor a ratio', () => {
    const row = rowAlone(heading, [3, 1, 2])
    assert.deepEqual([row.xling, row.peer, row.ratio, row.unit, row.work.peer], [2, null, null, 's', null])
  })

  it('are of each side’s own tokens, and above 1 where xling is better', () => {
    const figures = { fast: tokensPerSecond.figure(2, 100), slow: tokensPerSecond.figure(4, 100) }
    assert.deepEqual(figures, { fast: 50, slow: 25 })
    assert.equal(rowOf({ ...heading, unit: tokensPerSecond }, [{ xling: 50, peer: 25 }]).ratio, 2)
    assert.equal(millisecondsPerToken.figure(2, 100), 20)
    assert.equal(rowOf({ ...heading, unit: millisecondsPerToken }, [{ xling: 20, peer: 40 }]).ratio, 2)
  })
})

describe('what is not installed', () => {
  const given = process.env.XLING_BENCH_LLAMA
  afterEach(() => {
    if (given === undefined) delete process.env.XLING_BENCH_LLAMA
    else process.env.XLING_BENCH_LLAMA = given
  })

  it('is said by name: node-llama-cpp, weights', () => {
    delete process.env.XLING_BENCH_LLAMA
    const absent = (message: RegExp) => (error: Error) => error instanceof PeerAbsent && message.test(error.message)
    assert.throws(() => llamaCpp.locate(), absent(/set XLING_BENCH_LLAMA/))
    process.env.XLING_BENCH_LLAMA = `${tmpdir()}/no such folder`
    assert.throws(() => llamaCpp.locate(), absent(/XLING_BENCH_LLAMA is .*no such folder; set it/))
    assert.throws(() => weightsPath('none.gguf'), absent(/none\.gguf is not there; npm run test:real/))
  })
})
