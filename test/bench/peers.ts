// The peers there are: one line each.
import type { Inputs, PeerCase, PeerSide } from './case.js'
import { openPeerProcess, type PeerProgram } from './peers/peer-process.js'
import { torch } from './peers/torch.js'

export const peers = { torch } satisfies Record<string, PeerProgram>

export type PeerName = keyof typeof peers

/** Throws PeerAbsent where the peer is not installed. */
export function openPeer(peerCase: PeerCase, inputs: Inputs, threads: number): Promise<PeerSide> {
  return openPeerProcess(peers[peerCase.peer], peerCase, inputs, threads)
}
