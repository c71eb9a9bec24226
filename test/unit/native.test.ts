// Runs the native tests and counts each of their cases as one of ours.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.resolve('xling/package.json')))

interface Ended {
  stdout: string
  stderr: string
  status: number | null
  signal: string | null
}

interface Case {
  number: number
  name: string
  ok: boolean
  reason: string // '' while ok
}

interface Report {
  cases: Case[]
  isas: string[]
  problems: string[] // of the run as a whole
}

// The TAP that test/native/main.cc prints: a case's line, its reason on '#'
// lines or as further lines, at the end the plan and the ISAs that ran.
function readTap(stdout: string) {
  const cases: Case[] = []
  let plan: number | undefined
  let isas: string[] | undefined
  for (const line of stdout.split('\n')) {
    const [, not, number, name] = /^(not )?ok (\d+) - (.*)$/.exec(line) ?? []
    const planned = /^1\.\.(\d+)$/.exec(line)?.[1]
    const ran = /^# isas:(.*)$/.exec(line)?.[1]
    const last = cases.at(-1)
    if (name !== undefined) cases.push({ number: Number(number), name, ok: not === undefined, reason: '' })
    else if (planned !== undefined) plan = Number(planned)
    else if (ran !== undefined) isas = ran.split(' ').filter(isa => isa !== '')
    else if (last && !last.ok && plan === undefined) last.reason += `${line.replace(/^# /, '')}\n`
  }
  return { cases, plan, isas }
}

function reportOf({ stdout, stderr, status, signal }: Ended): Report {
  const { cases, plan, isas = [] } = readTap(stdout)
  const problems: string[] = []
  const failed = cases.filter(({ ok }) => !ok).length
  if (signal !== null) problems.push(`ended by ${signal} after '${cases.at(-1)?.name ?? 'nothing'}'`)
  if (plan === undefined) problems.push('printed no plan: it ended early')
  else if (plan !== cases.length) problems.push(`planned ${plan} cases and ran ${cases.length}`)
  if (cases.length === 0) problems.push('ran no case')
  if (cases.some(({ number }, at) => number !== at + 1)) problems.push('numbered its cases with a gap')
  if (plan !== undefined && isas.length === 0) problems.push('named no ISA')
  if (signal === null && status !== (failed > 0 ? 1 : 0))
    problems.push(`exited with ${status} and ${failed} failed cases`)
  if (problems.length > 0 && stderr !== '') problems.push(stderr.trim())
  return { cases, isas, problems }
}

const sound: Ended = {
  stdout: 'ok 1 - a: b - c\nnot ok 2 - d\n# x.cc:3: no\nmore\nok 3 - e\n1..3\n# isas: avx2 portable\n',
  stderr: '',
  status: 1,
  signal: null,
}

test('native cases are read with their reasons', () => {
  assert.deepEqual(reportOf(sound), {
    cases: [
      { number: 1, name: 'a: b - c', ok: true, reason: '' },
      { number: 2, name: 'd', ok: false, reason: 'x.cc:3: no\nmore\n' },
      { number: 3, name: 'e', ok: true, reason: '' },
    ],
    isas: ['avx2', 'portable'],
    problems: [],
  })
})

test('a native run that ends badly is told from one that ends well', () => {
  const cut = (text: string, instead = '') => ({ stdout: sound.stdout.replace(text, instead) })
  const bad: [Partial<Ended>, string[]][] = [
    [{ ...cut('ok 3 - e\n') }, ['planned 3 cases and ran 2']],
    [{ ...cut('1..3', '1..2') }, ['planned 2 cases and ran 3']],
    [{ ...cut('1..3\n# isas: avx2 portable\n') }, ['printed no plan: it ended early']],
    [{ ...cut(' avx2 portable') }, ['named no ISA']],
    [{ ...cut('ok 3', 'ok 4') }, ['numbered its cases with a gap']],
    [{ status: 0 }, ['exited with 0 and 1 failed cases']],
    [{ ...cut('not ok', 'ok') }, ['exited with 1 and 0 failed cases']],
    [{ ...cut('not ok', 'ok'), status: 99, stderr: 'leak\n' }, ['exited with 99 and 0 failed cases', 'leak']],
    [{ status: null, signal: 'SIGSEGV' }, ["ended by SIGSEGV after 'e'"]],
    [{ stdout: '1..0\n# isas: portable\n', status: 0 }, ['ran no case']],
    [{ stdout: '', status: 0 }, ['printed no plan: it ended early', 'ran no case']],
  ]
  for (const [change, problems] of bad) assert.deepEqual(reportOf({ ...sound, ...change }).problems, problems)
})

test('native', async t => {
  const places = ['build/cmake/xling_native_tests', 'build/cmake/Release/xling_native_tests'].map(place =>
    join(root, place),
  )
  const binary = places.find(place => existsSync(place))
  assert.ok(binary, `not built: node scripts/build-native.js xling_native_tests gives ${places.join(' or ')}`)
  // A test that waits for ever is ended, and its case is the one after the last that is named.
  const ran = spawnSync(binary, { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 600_000, killSignal: 'SIGKILL' })
  const { cases, isas, problems } = reportOf(ran)
  for (const { name, ok, reason } of cases) await t.test(name, () => assert.ok(ok, reason || 'no reason was printed'))
  await t.test('the native run ended well', () => assert.deepEqual(problems, []))
  t.diagnostic(`native tests ran on: ${isas.join(' ')}`)
})
