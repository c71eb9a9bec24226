// What a recipe says of a training, by objective.
import { z } from 'zod'
import { choice, expression, mapping, number, truth, whole } from './fields.js'

const rate = number({ from: 0, below: 1 })

const common = {
  epochs: number({ above: 0 })
    .describe('Passes over the data, above 0; a fraction ends within one. Default 3.')
    .exactOptional(),
  steps: whole({ from: 1 })
    .describe('Optimizer steps at most, 1 or more. Default: as the epochs give.')
    .exactOptional(),
  batchSize: whole({ from: 1 }).describe('Rows that are computed together, 1 or more. Default 16.').exactOptional(),
  accumulation: whole({ from: 1 }).describe('Batches to a step, 1 or more. Default 1.').exactOptional(),
  maxTokens: whole({ from: 1 })
    .describe("Tokens of a row at most, 1 or more; longer ones are cut. Default: 512 for a decoder, an encoder's own.")
    .exactOptional(),
  lr: number({ above: 0 }).describe('Learning rate, above 0.'),
  schedule: choice(['constant', 'linear', 'cosine'])
    .describe('What becomes of the rate after the warm-up: it stays (default), or falls to 0 at the last step.')
    .exactOptional(),
  warmup: number({ from: 0 })
    .refine(steps => steps < 1 || Number.isSafeInteger(steps), { error: 'below 1, or a whole number of steps' })
    .describe('Over which the rate rises from 0: a share of the steps (0 to below 1), or steps (whole). Default 0.')
    .exactOptional(),
  weightDecay: number({ from: 0 })
    .describe('Taken off every weight, times the rate; 0 or more. Default 0.')
    .exactOptional(),
  noDecay: expression()
    .describe('A regular expression: what it matches somewhere in its name does not decay. Default: none.')
    .exactOptional(),
  clip: number({ above: 0 })
    .describe("The gradients' norm is cut to it; above 0. Default: not at all.")
    .exactOptional(),
  betas: z
    .tuple([rate, rate], { error: 'two numbers from 0 to below 1' })
    .describe("Of AdamW's two running means, 0 to below 1. Default [0.9, 0.999].")
    .exactOptional(),
  eps: number({ above: 0 }).describe("Of AdamW's divisor, above 0. Default 1e-8.").exactOptional(),
  dropout: rate
    .describe("Takes the place of the model's or the adapter's own rate, 0 (off) to below 1. Default: theirs.")
    .exactOptional(),
  recompute: truth()
    .describe('Computes each block twice instead of keeping it: less memory, more time. Default false.')
    .exactOptional(),
  seed: whole({ from: 0 }).describe("Whole, 0 or more. Default: the recipe's.").exactOptional(),
  evaluateEvery: whole({ from: 1 })
    .describe('Steps from one evaluation to the next, 1 or more. Default: an epoch.')
    .exactOptional(),
  patience: whole({ from: 1 })
    .describe('Evaluations without a better one after which the training ends, 1 or more. Default: it does not.')
    .exactOptional(),
  checkpointEvery: whole({ from: 1 })
    .describe('Steps from one checkpoint to the next, 1 or more. Default: an epoch, 100 at most.')
    .exactOptional(),
}

const contrastive = {
  temperature: number({ above: 0 }).describe('Cosines are divided by it; above 0. Default 0.05.').exactOptional(),
  hardNegativeWeight: number()
    .describe("Added to the logit of an anchor's own hard negative; any number. Default 0.")
    .exactOptional(),
  directions: choice(['forward', 'both'])
    .describe('Candidates for the anchors (default), or also the anchors as candidates.')
    .exactOptional(),
}

const maskedLm = {
  maskProbability: number({ above: 0, below: 1 })
    .describe('Chance by which a token is to be guessed, between 0 and 1. Default 0.15.')
    .exactOptional(),
}

const elsewhere = (shape: object, objective: string) =>
  Object.fromEntries(Object.keys(shape).map(key => [key, `the objective ${objective}`]))
const ofContrastive = elsewhere(contrastive, 'contrastive')
const ofMaskedLm = elsewhere(maskedLm, 'masked-lm')

export const sftTraining = mapping(common, { ...ofContrastive, ...ofMaskedLm })
export const contrastiveTraining = mapping({ ...common, ...contrastive }, ofMaskedLm)
export const maskedLmTraining = mapping({ ...common, ...maskedLm }, ofContrastive)

/** What a training does by evaluations it cannot do without one. */
export function checkJudged(
  train: { readonly evaluateEvery?: number; readonly patience?: number },
  judged: boolean,
  context: z.RefinementCtx,
): void {
  for (const key of ['evaluateEvery', 'patience'] as const)
    if (train[key] !== undefined && !judged)
      context.addIssue({ code: 'custom', path: ['train', key], message: 'left out, as nothing has evaluate' })
}
