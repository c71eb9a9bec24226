// A peer in its own process, so that neither side's allocator, thread pool or
// garbage is the other's. The protocol, one line of JSON each way:
//   { case, args, inputs, threads }  ->  { versions, threads, work, means }
//   { run: n }                       ->  { seconds: [n numbers] }
// or { absent: reason } where what the peer needs is not installed, or { error }.
import type { Inputs, Outcome, PeerCase, PeerSide } from '../case.js'
import { inputFiles } from '../inputs.js'
import { LineChild } from './line-child.js'

/** The row cannot be measured here; nothing is wrong. */
export class PeerAbsent extends Error {
  override readonly name = 'PeerAbsent'
}

export interface PeerProgram {
  /** Program and arguments; throws PeerAbsent. */
  locate(): readonly string[]
  environment(threads: number): Record<string, string>
}

interface Prepared extends Outcome {
  readonly versions: Record<string, string>
  readonly threads: number
}

type Answer<T> = { absent: string } | { error: string } | T

/** Throws PeerAbsent, or what the peer says went wrong. */
export async function ask<T extends object>(child: LineChild, message: object): Promise<T> {
  const answer = (await child.ask(message)) as Answer<T>
  if ('absent' in answer) throw new PeerAbsent(answer.absent)
  if ('error' in answer) throw new Error(`the peer failed: ${answer.error}`)
  return answer
}

export async function openPeerProcess(
  program: PeerProgram,
  peerCase: PeerCase,
  inputs: Inputs,
  threads: number,
): Promise<PeerSide> {
  const child = new LineChild(program.locate(), program.environment(threads))
  const files = await inputFiles(inputs)
  try {
    const { case: name, args } = peerCase
    const prepared = await ask<Prepared>(child, { case: name, args, inputs: files.described, threads })
    return {
      ...prepared,
      pid: child.pid,
      run: async n => (await ask<{ seconds: number[] }>(child, { run: n })).seconds,
      dispose: () => child.end(),
    }
  } catch (error) {
    await child.end()
    throw error
  } finally {
    await files.remove()
  }
}
