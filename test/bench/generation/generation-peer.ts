// Peers that generate text. The protocol, one line of JSON each way:
//   { request, threads }  ->  { versions, threads }
//   { run: turn }         ->  done
// with what request.ts calls so, or { absent } or { error } as in peer-process.ts.
import { hf } from '../peers/hf.js'
import { LineChild } from '../peers/line-child.js'
import { llamaCpp } from '../peers/llama-cpp.js'
import { ask, type PeerProgram } from '../peers/peer-process.js'
import type { Done, GenerationRequest, Generator } from './request.js'

export const generationPeers = { hf, 'llama.cpp': llamaCpp } satisfies Record<string, PeerProgram>

export type GenerationPeer = keyof typeof generationPeers

export interface PeerGenerator extends Generator {
  readonly pid: number
  readonly versions: Record<string, string>
}

/** Throws PeerAbsent where the peer is not installed. */
export async function openPeerGenerator(
  peer: GenerationPeer,
  request: GenerationRequest,
  threads: number,
): Promise<PeerGenerator> {
  const program: PeerProgram = generationPeers[peer]
  const child = new LineChild(program.locate(), program.environment(threads))
  try {
    const prepared = await ask<Pick<PeerGenerator, 'threads' | 'versions'>>(child, { request, threads })
    return {
      ...prepared,
      pid: child.pid,
      run: turn => ask<Done>(child, { run: turn }),
      dispose: () => child.end(),
    }
  } catch (error) {
    await child.end()
    throw error
  }
}
