// What a training is told.
import { XlingError } from '../binding/errors.js'
import { checkChoice, checkOptions, checkSeed } from '../binding/options.js'
import type { DataSource } from '../data/source.js'
import { Adapter } from '../model/adapter.js'
import type { Model } from '../model/model.js'
import { nativeStep } from '../model/training/step.js'
import type { ContrastiveTrainOptions } from './objectives/contrastive.js'
import { type ObjectiveId, objectives } from './objectives/index.js'
import type { MaskedLmTrainOptions } from './objectives/masked-lm.js'
import type { SftOptions } from './objectives/sft.js'
import type { Schedule } from './schedule.js'
import type { Metrics } from './step-event.js'

/** What is learnt, and by how many rows at a time. */
export interface CourseSettings {
  /** `'sft'` of a decoder; `'contrastive'` or `'masked-lm'` of an encoder. */
  objective: ObjectiveId
  /** A file, a glob, a data set of the hub, or rows at hand. All of it is kept in memory. */
  data: DataSource
  /** Is trained instead of the model's own weights. */
  adapter?: Adapter
  /** Passes over the data, above 0; a part of one is allowed. Default 3. */
  epochs?: number
  /** Optimizer steps at most, 1 or more. */
  steps?: number
  /** Rows of a micro-batch, 1 or more; in the contrastive objective, candidates are the rows of one. Default 16. */
  batchSize?: number
  /** Micro-batches of a step, 1 or more. Default 1. */
  accumulation?: number
  /** Of a row: prompt and answer together (default 512), or a sentence (default: the encoder's own limit). */
  maxTokens?: number
  /** Of dropout's rate in place of the model's and the adapter's own, from 0 to below 1. */
  dropout?: number
  /** Computes each block a second time in backward: less memory, more time. Default false. */
  recompute?: boolean
  /** Gives the order of rows and all else that is random; a whole number, 0 or more. Default 0. */
  seed?: number
}

/** AdamW, and its rate. */
export interface OptimizerSettings {
  /** The highest learning rate, above 0. */
  lr: number
  /** After the warm-up: `'constant'` (default), `'linear'` to 0, `'cosine'` to 0. */
  schedule?: Schedule
  /** Over which the rate rises: a share of all steps, from 0 to below 1, or a whole number of steps. Default 0. */
  warmup?: number
  /** Taken off every parameter times the rate, 0 or more. Default 0. */
  weightDecay?: number
  /** Parameters whose name it matches somewhere decay by nothing. */
  noDecay?: RegExp
  /** The gradients' norm is cut to this, above 0. Default: not at all. */
  clip?: number
  /** Default `[0.9, 0.999]`. */
  betas?: readonly [number, number]
  /** Default 1e-8. */
  eps?: number
}

/** What is looked at on the way, and what is kept. */
export interface WatchSettings {
  /** Gives numbers by name. The model is as after the step; the run goes on when they are there. */
  evaluate?: () => Promise<Metrics>
  /** Steps from one evaluation to the next, 1 or more; the last step is always followed by one. Default: an epoch. */
  evaluateEvery?: number
  /** The number that tells which weights are best. Default: the first. */
  metric?: string
  /** Default: `'lower'` for a metric called loss, else `'higher'`. */
  better?: 'higher' | 'lower'
  /** Evaluations that may pass without a better one before the run ends; 1 or more. Default: all. */
  patience?: number
  /** Which weights the model has in the end: `'best'` (default where there is an evaluation) or `'last'`. */
  keep?: 'best' | 'last'
  /** For checkpoints; a run that was interrupted goes on from there. It may hold other files. */
  folder?: string
  /** Steps from one checkpoint to the next, 1 or more; the end is always one. Default: an epoch, 100 at most. */
  checkpointEvery?: number
  /** Starts over in a folder that has another run's checkpoints, or this one's. Default false. */
  fresh?: boolean
  /** An abort rejects with its reason, and leaves a checkpoint of the last step. */
  signal?: AbortSignal
}

export type TrainOptions = CourseSettings &
  OptimizerSettings &
  WatchSettings &
  SftOptions &
  ContrastiveTrainOptions &
  MaskedLmTrainOptions

const common = (
  'objective data adapter epochs steps batchSize accumulation maxTokens dropout recompute seed ' +
  'lr schedule warmup weightDecay noDecay clip betas eps ' +
  'evaluate evaluateEvery metric better patience keep folder checkpointEvery fresh signal'
).split(' ')

/**
 * @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT` also for an option of another objective, or one that
 * means nothing without another
 */
export function checkTrainOptions(model: Model, options: TrainOptions): void {
  checkChoice('train: objective', options?.objective, Object.keys(objectives))
  const objective = objectives[options.objective]
  checkOwner(options)
  checkOptions('train', options, [...common, ...objective.options])
  if (options.data === undefined || options.data === null)
    throw new XlingError('ERR_INVALID_ARGUMENT', 'train: data is missing; give a file, a source or rows')
  checkRanges(options)
  checkSeed('train', options.seed ?? 0)
  checkChoice('train: schedule', options.schedule, ['constant', 'linear', 'cosine', undefined])
  checkChoice('train: better', options.better, ['higher', 'lower', undefined])
  checkChoice('train: keep', options.keep, ['best', 'last', undefined])
  stepSettings(options)
  checkTogether(options)
  objective.check(model, options)
}

/** An option that exists, but not for this objective. */
function checkOwner(options: TrainOptions): void {
  for (const key of Object.keys(options))
    for (const [name, { options: own }] of Object.entries(objectives))
      if (
        (own as readonly string[]).includes(key) &&
        !(objectives[options.objective].options as readonly string[]).includes(key)
      )
        throw new XlingError(
          'ERR_INVALID_ARGUMENT',
          `train: ${key} is an option of the objective '${name}', and this one is '${options.objective}'`,
        )
}

const whole = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 1
const ranges: Partial<Record<keyof TrainOptions, [fits: (value: unknown) => boolean, accepted: string]>> = {
  epochs: [value => Number.isFinite(value) && Number(value) > 0, 'a number above 0'],
  lr: [value => Number.isFinite(value) && Number(value) > 0, 'a number above 0'],
  warmup: [
    value => typeof value === 'number' && ((value >= 0 && value < 1) || whole(value)),
    'a share of the steps, from 0 to below 1, or a whole number of steps',
  ],
  ...Object.fromEntries(
    ['steps', 'batchSize', 'accumulation', 'maxTokens', 'evaluateEvery', 'patience', 'checkpointEvery'].map(name => [
      name,
      [whole, 'a whole number, 1 or more'],
    ]),
  ),
  evaluate: [value => typeof value === 'function', 'a function'],
  metric: [value => typeof value === 'string' && value !== '', 'the name of a number'],
  folder: [value => typeof value === 'string' && value !== '', 'a path'],
  fresh: [value => typeof value === 'boolean', 'true or false'],
  recompute: [value => typeof value === 'boolean', 'true or false'],
  dropout: [value => typeof value === 'number' && value >= 0 && value < 1, 'a number from 0 to below 1'],
  adapter: [value => value instanceof Adapter, 'an Adapter, as addAdapter and loadAdapter give'],
}

function checkRanges(options: TrainOptions): void {
  if (options.lr === undefined)
    throw new XlingError('ERR_INVALID_ARGUMENT', 'train: lr is missing; give the learning rate, 2e-4 for instance')
  for (const [name, [fits, accepted]] of Object.entries(ranges)) {
    const value = options[name as keyof TrainOptions]
    if (value !== undefined && !fits(value))
      throw new XlingError('ERR_INVALID_ARGUMENT', `train: ${name} is ${String(value)} but must be ${accepted}`)
  }
}

function checkTogether(options: TrainOptions): void {
  const needs = {
    evaluate: ['evaluateEvery', 'metric', 'better', 'patience', 'keep'],
    folder: ['checkpointEvery', 'fresh'],
  }
  for (const [needed, names] of Object.entries(needs) as [keyof TrainOptions, (keyof TrainOptions)[]][])
    for (const name of names)
      if (options[name] !== undefined && options[needed] === undefined)
        throw new XlingError('ERR_INVALID_ARGUMENT', `train: ${name} means nothing without ${needed}`)
}

/** Those of every step, with no rate yet. */
export function stepSettings({ weightDecay, noDecay, clip, betas, eps }: OptimizerSettings) {
  const settings = {
    ...(weightDecay !== undefined && { weightDecay }),
    ...(noDecay !== undefined && { noDecay }),
    ...(clip !== undefined && { clip }),
    ...(betas !== undefined && { betas }),
    ...(eps !== undefined && { eps }),
  }
  nativeStep({ lr: 0, ...settings }, 'train')
  return settings
}
