// A part of a run that is done once, by itself.
import type { DeviceInfo } from '../binding/native-types.js'
import type { JsonObject } from '../files/json-object.js'
import type { StepEvent } from '../train/step-event.js'

export interface Stage {
  /** What it is called, and where its folder is in the run's: `adapt/positive`. */
  readonly id: string
  readonly seed: number
  /** All that its results follow from: options, and what tells its models and data from others. */
  inputs(signal: AbortSignal | undefined): Promise<JsonObject>
  /** Begins, or goes on from what it left in its folder. */
  work(place: Place): AsyncGenerator<StepEvent, Finished>
}

export interface Place {
  /** The stage's own; it is there. */
  readonly folder: string
  readonly signal: AbortSignal | undefined
}

export interface Finished {
  readonly device: DeviceInfo
  /** The folder with what it made, in its own. */
  readonly output: string
  /** Numbers for people, and for what comes after. */
  readonly results: JsonObject
}
