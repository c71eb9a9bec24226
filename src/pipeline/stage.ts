// A part of a run that is done once, by itself.
import type { DeviceInfo } from '../binding/native-types.js'
import type { JsonObject } from '../files/json-object.js'
import type { SynthesisEvent } from '../generate/synthesize.js'
import type { StepEvent } from '../train/step-event.js'

export interface Stage {
  /** What it is called, and where its folder is in the run's: `adapt/positive`. */
  readonly id: string
  readonly seed: number
  /** All that its results follow from: options, and what tells its models and data from others. */
  inputs(signal: AbortSignal | undefined): Promise<JsonObject>
  /** Begins, or goes on from what it left in its folder. */
  work(place: Place): AsyncGenerator<StageEvent, Finished>
}

/** What a stage tells of on its way. */
export type StageEvent =
  | { readonly kind: 'step'; readonly event: StepEvent }
  | { readonly kind: 'sentence'; readonly event: SynthesisEvent }

export interface Place {
  /** The stage's own; it is there. */
  readonly folder: string
  readonly signal: AbortSignal | undefined
}

export interface Finished {
  /** Undefined where nothing was computed. */
  readonly device: DeviceInfo | undefined
  /** The folder with what it made, in its own; undefined where results are all that it makes. */
  readonly output: string | undefined
  /** Numbers for people, and for what comes after. */
  readonly results: JsonObject
}
