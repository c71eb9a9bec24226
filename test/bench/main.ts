// npm run bench -- --json FILE [--filter TEXT]
// What peers need: XLING_BENCH_PYTHON (a python), XLING_BENCH_LLAMA (a folder with node-llama-cpp), XLING_REAL_SCRATCH
// (where test/real keeps weights), XLING_BENCH_PAIRS (a csv file with columns sent0 and sent1: what is trained on).
// XLING_BENCH_PROMPTS makes the sampling rows smaller, and renames them.
// Exit code: 0, also where a peer is not installed; 1 where a row was refused or failed; 2 for wrong arguments.
import { writeFileSync } from 'node:fs'
import { type BenchArguments, parseArguments, usage } from './arguments.js'
import { PeerAbsent } from './peers/peer-process.js'
import type { Row } from './row.js'
import { namedRows } from './rows.js'

function wrongArguments(message: string): never {
  console.error(`bench: ${message.split('\n')[0]} (${usage})`)
  process.exit(2)
}

function orExit<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    return wrongArguments((error as Error).message)
  }
}

function line(row: Row): string {
  const figure = (value: number) => `${value.toPrecision(4)} ${row.unit}`
  const beside =
    row.peer === null || row.ratio === null ? 'no peer' : `peer ${figure(row.peer)}, ratio ${row.ratio.toPrecision(4)}`
  return `${row.name}: xling ${figure(row.xling)}, ${beside} (${row.isa}, ${row.threads} threads)`
}

const { json, filter }: BenchArguments = orExit(() => parseArguments(process.argv.slice(2)))
const chosen = orExit(() => namedRows(process.env.XLING_BENCH_PROMPTS)).filter(({ name }) => name.includes(filter))
if (chosen.length === 0) wrongArguments(`no row's name contains '${filter}'`)

const rows: Row[] = []
const refused: string[] = []
const notMeasured: string[] = []
for (const { name, measure } of chosen) {
  try {
    const row = await measure()
    rows.push(row)
    console.log(line(row))
  } catch (error) {
    const reason = `${name}: ${(error as Error).message}`
    if (error instanceof PeerAbsent) notMeasured.push(reason)
    else refused.push(reason)
  }
}
writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`)
for (const reason of notMeasured) console.log(`not measured: ${reason}`)
for (const reason of refused) console.error(`refused: ${reason}`)
process.exitCode = refused.length > 0 ? 1 : 0
