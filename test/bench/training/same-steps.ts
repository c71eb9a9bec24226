// Whether two sides took the same steps.
import type { Work } from '../case.js'
import type { StepDone } from './request.js'

export interface Trained {
  /** Numbers that are trained. */
  readonly trainable: number
  /** From the very first on. */
  readonly steps: readonly StepDone[]
}

/** Of several steps together. */
export interface Total extends Work {
  steps: number
  rows: number
  tokens: number
  labels: number
}

export function totalOf(steps: readonly StepDone[]): Total {
  const total = (key: 'rows' | 'tokens' | 'labels') => steps.reduce((sum, step) => sum + step[key], 0)
  return { steps: steps.length, rows: total('rows'), tokens: total('tokens'), labels: total('labels') }
}

/** What both sides must come to. */
export interface Agreement {
  readonly step: number
  readonly key: 'loss' | 'gradNorm'
  readonly what: string
  /** How far apart they may be, relative to the peer. */
  readonly within: number
}

/** Throws unless both trained as many numbers on the same rows, beginning alike. */
export function refuseOtherSteps(name: string, xling: Trained, peer: Trained, agreement: readonly Agreement[]): void {
  const counts = (step: StepDone | undefined) =>
    step ? `${step.rows} rows, ${step.tokens} tokens, ${step.labels} labels` : 'nothing'
  for (let i = 0; i < Math.max(xling.steps.length, peer.steps.length); i += 1) {
    const [ours, theirs] = [xling, peer].map(({ steps }) => counts(steps[i]))
    if (ours !== theirs)
      throw new Error(`${name}: the sides did different work in step ${i + 1}: xling ${ours}, peer ${theirs}`)
  }
  if (xling.trainable !== peer.trainable)
    throw new Error(`${name}: xling trained ${xling.trainable} numbers and the peer ${peer.trainable}`)
  const { labels } = totalOf(xling.steps)
  if (!(labels > 0 && xling.trainable > 0)) throw new Error(`${name}: nothing was trained`)
  if (![...xling.steps, ...peer.steps].every(step => Number.isFinite(step.loss)))
    throw new Error(`${name}: a side came to a loss that is not finite`)
  for (const { step, key, what, within } of agreement) {
    const [ours = Number.NaN, theirs = Number.NaN] = [xling.steps[step]?.[key], peer.steps[step]?.[key]]
    // Written so that NaN is refused.
    if (!(Math.abs(ours - theirs) <= within * Math.abs(theirs)))
      throw new Error(`${name}: the sides' ${what} of step ${step + 1} differs: xling ${ours}, peer ${theirs}`)
  }
}
