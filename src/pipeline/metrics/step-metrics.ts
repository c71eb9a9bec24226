// A line of metrics.jsonl: what an optimizer step gave.
import { z } from 'zod'

const finite = z.number()
const count = z.int().min(0)

export const stepMetrics = z.strictObject({
  /** Optimizer steps so far, from 1. */
  step: z.int().min(1),
  /** Passes over the data so far, this step's rows counted. */
  epoch: finite,
  /** Means over what the step learnt from, by objective. */
  losses: z.record(z.string(), finite),
  /** Of all gradients together, before clipping. */
  gradNorm: finite,
  /** Learning rate. */
  lr: finite,
  /** What the step learnt from. */
  rows: count,
  tokens: count,
  /** Since the step before. This and `time` alone may differ between a run that was interrupted and one that was not. */
  seconds: finite,
  /** ISO 8601, UTC. */
  time: z.iso.datetime(),
  /** By metric, where the step was followed by an evaluation. */
  evaluation: z.record(z.string(), finite).exactOptional(),
})

export type StepMetrics = z.infer<typeof stepMetrics>
