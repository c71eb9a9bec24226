// What a run tells of.
import type { JsonObject } from '../files/json-object.js'
import type { StageEvent } from './stage.js'

export type RunEvent =
  /** `resumed`: it was begun before, and goes on from there. */
  | { readonly kind: 'began'; readonly stage: string; readonly resumed: boolean }
  | (StageEvent & { readonly stage: string })
  | { readonly kind: 'done'; readonly stage: string; readonly folder: string; readonly results: JsonObject }
  /** It was done before, of the same inputs. */
  | { readonly kind: 'skipped'; readonly stage: string; readonly folder: string; readonly results: JsonObject }
