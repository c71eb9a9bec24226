// Whether two sides that draw their own tokens did the same job.
import type { Work } from '../case.js'
import type { Done } from './request.js'

/** Of all runs of a side together. */
export interface Total extends Work {
  rounds: number
  rows: number
  promptTokens: number
  tokens: number
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

export function totalOf(runs: readonly Done[]): Total {
  const lengths = runs.flatMap(run => run.lengths)
  return {
    rounds: runs.length,
    rows: lengths.length,
    promptTokens: sum(runs.map(run => run.promptTokens)),
    tokens: sum(lengths),
  }
}

// Rows drawn from one distribution differ by more once in 16,000 times.
const standardErrors = 4

/**
 * Throws unless both sides read the same prompts, and their rows are as long: as drawn from one distribution, which of
 * greedy rows, all of one length, means equal.
 */
export function refuseAnotherJob(name: string, xling: readonly Done[], peer: readonly Done[]): void {
  const [ours, theirs] = [totalOf(xling), totalOf(peer)]
  const said = `xling ${JSON.stringify(ours)}, peer ${JSON.stringify(theirs)}`
  if (!(ours.tokens > 0 && theirs.tokens > 0)) throw new Error(`${name}: a side made no token: ${said}`)
  if (ours.rows !== theirs.rows || ours.promptTokens !== theirs.promptTokens)
    throw new Error(`${name}: the sides did different work: ${said}`)
  const [a, b] = [xling, peer].map(runs => meanAndError(runs.flatMap(run => run.lengths))) as [Mean, Mean]
  // Written so that NaN is refused.
  if (!(Math.abs(a.mean - b.mean) <= standardErrors * Math.hypot(a.error, b.error)))
    throw new Error(`${name}: the sides' rows are not equally long: ${said}`)
}

interface Mean {
  readonly mean: number
  /** Its standard error. */
  readonly error: number
}

function meanAndError(values: readonly number[]): Mean {
  const mean = sum(values) / values.length
  const squares = sum(values.map(value => (value - mean) ** 2))
  return { mean, error: Math.sqrt(squares / Math.max(1, values.length - 1) / values.length) }
}
