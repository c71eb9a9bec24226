// What a bench case is. Adding one is a file beside kernels/rms_norm.ts and a
// line in cases.ts; its torch side is a function in peers/torch_cases/.
import type { PeerName } from './peers.js'
import type { Unit } from './units.js'

/** What one repeat computed, counted from the outputs and not from what was asked for. */
export type Work = Record<string, number>

export interface Input {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** By name; both sides get the same bits. */
export type Inputs = Record<string, Input>

/** What one repeat left behind, said in the same terms by both sides. */
export interface Outcome {
  readonly work: Work
  /** Mean absolute value of each output: proof that both computed the same thing. */
  readonly means: Record<string, number>
}

export interface Side extends Outcome {
  readonly threads: number
  /** Runs n times; seconds of each. */
  run(n: number): Promise<number[]>
  dispose(): Promise<void>
}

export interface OurSide extends Side {
  readonly isa: string
  /** What one repeat moves or makes, in the unit's terms (bytes, tokens); both sides' figures use it. */
  readonly amount: number
}

export interface PeerSide extends Side {
  readonly pid: number
  readonly versions: Record<string, string>
}

export interface PeerCase {
  readonly peer: PeerName
  /** As the peer's program knows it. */
  readonly case: string
  readonly args: Record<string, number | string>
}

export interface BenchCase {
  /** `<stem>/<size>`; a row's name is this and the peer's. */
  readonly name: string
  readonly unit: Unit
  readonly peers: readonly PeerCase[]
  inputs(): Inputs
  prepare(inputs: Inputs): Promise<OurSide>
}
