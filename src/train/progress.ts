// How far a run is: with the checkpoint of that step, all that it needs to go on.
import type { StepEvent } from './step-event.js'

export interface Progress {
  /** Steps done. */
  step: number
  /** A step that was done, but not judged yet, nor told of. */
  pending?: StepEvent | undefined
  /** The best evaluation, and the step that it followed. */
  best?: { step: number; value: number } | undefined
  /** Evaluations since that. */
  waited: number
  /** Whether it ended early, since nothing got better. */
  stopped: boolean
}

export function beginning(): Progress {
  return { step: 0, waited: 0, stopped: false }
}
