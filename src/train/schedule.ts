// The learning rate, step by step.

export type Schedule = 'constant' | 'linear' | 'cosine'

export interface Rates {
  /** The highest rate. */
  readonly lr: number
  readonly schedule: Schedule
  /** Steps over which the rate rises. */
  readonly warmup: number
  /** Steps in all, 1 or more. */
  readonly steps: number
}

/**
 * The rate of a step, counted from 0. Whatever the schedule, it rises over the warm-up in equal parts, the first of which
 * is no 0: a step at rate 0 would learn nothing. From there it stays, or falls to 0, which the step after the last would
 * have: by a line, as transformers' schedule does it, or by half a cosine (Loshchilov & Hutter 2017, eq. 5).
 */
export function rateAt(step: number, { lr, schedule, warmup, steps }: Rates): number {
  if (step < warmup) return (lr * (step + 1)) / warmup
  if (schedule === 'constant') return lr
  const done = (step - warmup) / Math.max(1, steps - warmup)
  return lr * (schedule === 'linear' ? 1 - done : (1 + Math.cos(Math.PI * done)) / 2)
}

/** Steps of a warm-up that is given as a share of all steps, below 1, or as steps. */
export function warmupSteps(warmup: number, steps: number): number {
  return warmup < 1 ? Math.ceil(warmup * steps) : warmup
}
