import { version } from 'xling'
import { quietly } from '../quiet.js'
import { type Row, rowOf } from '../row.js'
import { settle } from '../settle.js'
import { type GenerationPeer, generationPeers, openPeerGenerator, type PeerGenerator } from './generation-peer.js'
import type { GenerationJob } from './job.js'
import { type OurGenerator, openOurs } from './our-generator.js'
import type { Done } from './request.js'
import { refuseAnotherJob, totalOf } from './same-job.js'

/** Throws PeerAbsent, BusyMachine, or what went wrong. */
export async function measureGeneration(name: string, job: GenerationJob, peerName: GenerationPeer): Promise<Row> {
  generationPeers[peerName].locate() // before any work, where it is not installed
  const xling = await openOurs(job)
  try {
    const peer = await openPeerGenerator(peerName, xling.request, xling.threads)
    try {
      if (peer.threads !== xling.threads)
        throw new Error(`${name}: the peer uses ${peer.threads} threads and xling ${xling.threads}`)
      const rounds = await timeRounds(xling, peer, xling.request.prompts.length)
      const runs = { xling: rounds.map(round => round.xling), peer: rounds.map(round => round.peer) }
      refuseAnotherJob(name, runs.xling, runs.peer)
      // Each side's own tokens: rows that are drawn end where they end.
      const figure = (done: Done) => job.unit.figure(done.seconds, totalOf([done]).tokens)
      return rowOf(
        {
          name,
          unit: job.unit,
          isa: xling.isa,
          threads: xling.threads,
          versions: { xling: version, node: process.versions.node, ...peer.versions },
          work: { xling: totalOf(runs.xling), peer: totalOf(runs.peer) },
        },
        rounds.map(round => ({ xling: figure(round.xling), peer: figure(round.peer) })),
      )
    } finally {
      await peer.dispose()
    }
  } finally {
    await xling.dispose()
  }
}

interface Round {
  readonly xling: Done
  readonly peer: Done
}

/** Us, the peer, us, the peer; each round is taken again where others used the CPU. */
async function timeRounds(xling: OurGenerator, peer: PeerGenerator, rows: number): Promise<Round[]> {
  // A batch is enough to find every buffer and thread.
  const warmUp = { rows: Math.min(rows, xling.request.batchSize), seed: 0 }
  await xling.run(warmUp)
  await peer.run(warmUp)
  const rounds: Round[] = []
  while (rounds.length < roundsFor(rounds)) {
    const turn = { rows, seed: rounds.length + 1 }
    const round = await quietly(peer.pid, async () => {
      const ours = await xling.run(turn)
      await settle(peer.pid)
      return { xling: ours, peer: await peer.run(turn) }
    })
    rounds.push(round)
  }
  return rounds
}

/** An odd number, so that the median is a round that happened; fewer where one takes minutes. */
function roundsFor([first]: readonly Round[]): number {
  return first && first.xling.seconds + first.peer.seconds > 60 ? 3 : 5
}
