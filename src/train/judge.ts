// When a run is evaluated, what is best, and when it may end.
import { XlingError } from '../binding/errors.js'
import type { Progress } from './progress.js'
import type { Metrics, StepEvent } from './step-event.js'

export interface Judging {
  readonly evaluate: () => Promise<Metrics>
  /** Steps from one evaluation to the next; the last step is always followed by one. */
  readonly every: number
  /** Which number tells; undefined: the first. */
  readonly metric: string | undefined
  readonly better: 'higher' | 'lower' | undefined
  /** Evaluations that may pass without a better one. */
  readonly patience: number
  /** Whether the best weights are kept, to be the last. */
  readonly keep: 'best' | 'last'
}

/** @param keepBest is called where the weights are the best so far */
export async function judged(
  event: StepEvent,
  progress: Progress,
  judging: Judging | undefined,
  keepBest: (step: number) => Promise<void>,
): Promise<StepEvent> {
  const { step, steps } = event
  if (!judging || (step % judging.every !== 0 && step !== steps)) return event
  const evaluation = await judging.evaluate()
  const { name, value } = deciding(evaluation, judging.metric)
  const sign = (judging.better ?? (name === 'loss' ? 'lower' : 'higher')) === 'lower' ? -1 : 1
  const best = progress.best === undefined || sign * value > sign * progress.best.value
  if (best) {
    if (judging.keep === 'best') await keepBest(step)
    progress.best = { step, value }
  }
  progress.waited = best ? 0 : progress.waited + 1
  progress.stopped = progress.waited >= judging.patience
  return { ...event, evaluation, best }
}

function deciding(evaluation: unknown, metric: string | undefined): { name: string; value: number } {
  const numbers = typeof evaluation === 'object' && evaluation !== null ? (evaluation as Metrics) : {}
  const [name = metric] = metric === undefined ? Object.keys(numbers) : [metric]
  const value = name !== undefined && Object.hasOwn(numbers, name) ? numbers[name] : undefined
  if (name !== undefined && typeof value === 'number' && Number.isFinite(value)) return { name, value }
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `train: evaluate gave ${JSON.stringify(evaluation)}, which has no finite number${name === undefined ? '' : ` '${name}'`}; ` +
      'give an object of numbers, { spearman: 0.7 }, and name the one that tells in metric',
  )
}
