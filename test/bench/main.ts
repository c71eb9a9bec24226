// npm run bench -- --json FILE [--filter TEXT]
// Exit code: 0, also where a peer is not installed; 1 where a row was refused or failed; 2 for wrong arguments.
import { writeFileSync } from 'node:fs'
import { type BenchArguments, parseArguments, usage } from './arguments.js'
import { cases } from './cases.js'
import { measure, rowName } from './measure.js'
import { PeerAbsent } from './peers/peer-process.js'
import type { Row } from './row.js'

function wrongArguments(message: string): never {
  console.error(`bench: ${message.split('\n')[0]} (${usage})`)
  process.exit(2)
}

function argumentsOrExit(): BenchArguments {
  try {
    return parseArguments(process.argv.slice(2))
  } catch (error) {
    return wrongArguments((error as Error).message)
  }
}

function line(row: Row): string {
  const [xling, peer, ratio] = [row.xling, row.peer, row.ratio].map(value => value.toPrecision(4))
  return `${row.name}: xling ${xling} ${row.unit}, peer ${peer} ${row.unit}, ratio ${ratio} (${row.isa}, ${row.threads} threads)`
}

const { json, filter } = argumentsOrExit()
const chosen = cases
  .flatMap(bench => bench.peers.map(peerCase => ({ name: rowName(bench, peerCase), bench, peerCase })))
  .filter(({ name }) => name.includes(filter))
if (chosen.length === 0) wrongArguments(`no row's name contains '${filter}'`)

const rows: Row[] = []
const refused: string[] = []
const notMeasured: string[] = []
for (const { name, bench, peerCase } of chosen) {
  try {
    const row = await measure(bench, peerCase)
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
