import { version } from 'xling'
import type { BenchCase, OurSide, PeerCase, PeerSide } from './case.js'
import { interleave, scheduleFor, warmUp } from './interleave.js'
import { openPeer, peers } from './peers.js'
import { quietly } from './quiet.js'
import { makeRow, type Round, type Row, refuseUnequal } from './row.js'
import { settle } from './settle.js'

export function rowName(bench: BenchCase, peerCase: PeerCase): string {
  return `${bench.name}/${peerCase.peer}`
}

/** Throws PeerAbsent, BusyMachine, or what went wrong. */
export async function measure(bench: BenchCase, peerCase: PeerCase): Promise<Row> {
  const name = rowName(bench, peerCase)
  peers[peerCase.peer].locate() // before any work, where it is not installed
  const inputs = bench.inputs()
  const xling = await bench.prepare(inputs)
  try {
    const peer = await openPeer(peerCase, inputs, xling.threads)
    try {
      if (peer.threads !== xling.threads) {
        throw new Error(`${name}: the peer uses ${peer.threads} threads and xling ${xling.threads}`)
      }
      refuseUnequal(name, xling, peer)
      const rounds = await timeRounds(xling, peer)
      return makeRow({
        name,
        unit: bench.unit,
        amount: xling.amount,
        isa: xling.isa,
        threads: xling.threads,
        versions: { xling: version, node: process.versions.node, ...peer.versions },
        work: { xling: xling.work, peer: peer.work },
        rounds,
      })
    } finally {
      await peer.dispose()
    }
  } finally {
    await xling.dispose()
  }
}

async function timeRounds(xling: OurSide, peer: PeerSide): Promise<Round[]> {
  const schedule = scheduleFor(await warmUp(xling), await warmUp(peer))
  return quietly(peer.pid, () => interleave(xling, peer, schedule, () => settle(peer.pid)))
}
