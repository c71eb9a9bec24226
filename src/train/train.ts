import { XlingError } from '../binding/errors.js'
import { type Examples, readExamples } from '../data/read-examples.js'
import { jsonHash } from '../files/hash.js'
import type { JsonObject } from '../files/json-object.js'
import type { Model } from '../model/model.js'
import { Course } from './course.js'
import { folderKeeper } from './folder-keeper.js'
import { memoryKeeper } from './keeper.js'
import { loop } from './loop.js'
import { objectives } from './objectives/index.js'
import { checkTrainOptions, stepSettings, type TrainOptions } from './options.js'
import { rateAt, warmupSteps } from './schedule.js'
import type { StepEvent, TrainResult } from './step-event.js'

const training = new WeakSet<Model>()

/**
 * Trains a model, or an adapter on it, step by step: each event is a step that was done. Nothing runs before the first is
 * asked for, nor while nobody asks; leaving the loop ends the run, in order.
 *
 * With a `folder` the run is kept in checkpoints. The same call, after the process was killed or the loop left, goes on
 * from the last one, and comes to the same weights, to the bit; a call that has ended before gives no more steps. The model
 * must be the one that the run began with, its adapter as new.
 * @returns what the run came to, to whoever asks the generator itself for it
 * @throws XlingError at once `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`; when it is asked for a step what reading the data
 * does (`ERR_NO_DATA`, `ERR_MALFORMED_FILE`, …), `ERR_PROMPT_TOO_LONG` with the row, `ERR_INVALID_TOKENIZER`,
 * `ERR_RUN_MISMATCH` for a folder with another run's checkpoints, `ERR_NON_FINITE` for a loss or gradient that is, with the
 * weights as they were before that step, `ERR_OUT_OF_MEMORY`, `ERR_DISK_FULL`; the signal's reason
 */
export function train(model: Model, options: TrainOptions): AsyncGenerator<StepEvent, TrainResult> {
  checkTrainOptions(model, options)
  return alone(model, { ...options })
}

/** Gradients of two runs would be one. */
async function* alone(model: Model, options: TrainOptions): AsyncGenerator<StepEvent, TrainResult> {
  if (training.has(model))
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      'train: this model is being trained; wait for the end of that, or leave it',
    )
  training.add(model)
  try {
    return yield* run(model, options)
  } finally {
    training.delete(model)
  }
}

async function* run(model: Model, options: TrainOptions): AsyncGenerator<StepEvent, TrainResult> {
  const { adapter, signal, seed = 0 } = options
  signal?.throwIfAborted()
  const objective = objectives[options.objective]
  const { task = options.task } = objective
  const read = await readExamples(options.data, {
    kinds: objective.kinds,
    where: 'train: data',
    ...(task && { task }),
    ...(signal && { signal }),
  })
  const lesson = await objective.prepare(model, read.examples, { ...options, seed })
  const { batchSize = 16, accumulation = 1, epochs = 3, steps = Number.POSITIVE_INFINITY } = options
  const rows = read.examples.length
  const course = new Course({ rows, batchSize, accumulation, epochs, mostSteps: steps, seed })
  const { lr, schedule = 'constant', folder, fresh = false } = options
  const rates = { lr, schedule, warmup: warmupSteps(options.warmup ?? 0, course.steps), steps: course.steps }
  const settings = stepSettings(options)
  const { checkpointEvery = Math.min(course.stepsPerEpoch, 100) } = options
  return yield* loop({
    model,
    objective: options.objective,
    lesson,
    course,
    stepping: step => ({ lr: rateAt(step, rates), ...settings }),
    judging: judgingOf(options, course),
    keeper:
      folder === undefined
        ? memoryKeeper(model, adapter)
        : folderKeeper(model, adapter, { folder, every: checkpointEvery, fresh, run: identity(options, read) }),
    data: {
      rows,
      skipped: read.skipped.length,
      ...(lesson.truncated !== undefined && { truncated: lesson.truncated }),
    },
    signal,
  })
}

function judgingOf(options: TrainOptions, course: Course) {
  const { evaluate, metric, better, patience = Number.POSITIVE_INFINITY, keep = 'best' } = options
  const { evaluateEvery: every = course.stepsPerEpoch } = options
  return evaluate && { evaluate, every, metric, better, patience, keep }
}

/** What a run's steps follow from: its options and rows. Where they go, and when they are kept, changes none of them. */
function identity(options: TrainOptions, { examples }: Examples): JsonObject {
  const { data: _, adapter, evaluate, folder: __, checkpointEvery: ___, fresh: ____, signal: _____, ...rest } = options
  const { noDecay } = options
  return {
    ...rest,
    ...(noDecay && { noDecay: String(noDecay) }),
    ...(evaluate && { evaluate: true }),
    ...(adapter && { adapter: adapter.config }),
    data: jsonHash(examples),
  }
}
