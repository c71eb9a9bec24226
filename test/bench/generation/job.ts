// What a bench of text generation is; adding one is a file beside sampling.ts and a line in rows.ts.
import type { Unit } from '../units.js'
import type { GenerationPeer } from './generation-peer.js'
import type { GenerationRequest } from './request.js'

export interface GenerationJob extends Pick<GenerationRequest, 'maxNewTokens' | 'batchSize' | 'sampling' | 'timed'> {
  /** A row's name is this and the peer's. */
  readonly name: string
  /** Its figure is of a run's new tokens. */
  readonly unit: Unit
  readonly peers: readonly GenerationPeer[]
  /** Name of a GGUF file. */
  readonly weights: string
  readonly prompts: readonly string[]
  /** Control tokens that end a row, besides the model's own. */
  readonly stops: readonly string[]
}
