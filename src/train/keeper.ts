// Where a run's state goes, and comes back from.
import type { Adapter } from '../model/adapter.js'
import type { Model } from '../model/model.js'
import type { Parameters } from '../model/parameters.js'
import { beginning, type Progress } from './progress.js'

export interface Keeper {
  /** Where the run was left, its weights on the model; a new run's beginning if nothing was kept. */
  takeUp(): Promise<Progress>
  /** Whether this step is one to be kept. */
  isDue(step: number): boolean
  /** Keeps the weights, and how far the run is; nothing if that is kept already. */
  keep(progress: Progress): Promise<void>
  /** Keeps the weights beside those of the last step. */
  keepBest(step: number): Promise<void>
  /** Puts them back on the model. */
  restoreBest(step: number): Promise<void>
}

/** Of a run without a folder: the best weights are kept in memory, and the rest is gone when the process is. */
export function memoryKeeper(model: Model, adapter: Adapter | undefined): Keeper {
  const trainee = adapter ?? model
  let best: Parameters | undefined
  return {
    takeUp: async () => beginning(),
    isDue: () => false,
    keep: async () => {},
    keepBest: async () => {
      best = await trainee.parameters()
    },
    restoreBest: async () => {
      if (best) await trainee.setParameters(best)
    },
  }
}
