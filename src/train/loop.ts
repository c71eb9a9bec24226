// The training loop, written once for all objectives and models.
import { XlingError } from '../binding/errors.js'
import type { Model } from '../model/model.js'
import type { StepOptions } from '../model/training/step.js'
import type { Course } from './course.js'
import { type Judging, judged } from './judge.js'
import type { Keeper } from './keeper.js'
import type { Batch, Lesson } from './objectives/objective.js'
import type { Progress } from './progress.js'
import type { StepEvent, TrainResult } from './step-event.js'

export interface Run {
  readonly model: Model
  /** The objective's name. */
  readonly objective: string
  readonly lesson: Lesson
  readonly course: Course
  /** Of a step, counted from 0. */
  readonly stepping: (step: number) => StepOptions
  readonly judging: Judging | undefined
  readonly keeper: Keeper
  readonly data: StepEvent['data']
  readonly signal: AbortSignal | undefined
}

/**
 * Takes a run up where it was left, and to its end. A step is told of before it is kept: whoever writes down what is told
 * has it when a checkpoint says that it was done. However the loop is left, by an error, an abort or a `break`, what was
 * done until then is kept.
 */
export async function* loop(run: Run): AsyncGenerator<StepEvent, TrainResult> {
  const { model, course, judging, keeper, signal } = run
  const progress = await keeper.takeUp()
  await model.zeroGrad()
  const steps = stepsFrom(run, progress.step)
  let fault: unknown
  try {
    while (progress.pending || (progress.step < course.steps && !progress.stopped)) {
      signal?.throwIfAborted()
      if (!progress.pending) {
        progress.pending = (await steps.next()).value ?? undefined
        progress.step += 1
      }
      const event = await judged(progress.pending as StepEvent, progress, judging, step => keeper.keepBest(step))
      progress.pending = undefined
      yield event
      if (keeper.isDue(progress.step)) await keeper.keep(progress)
    }
  } catch (error) {
    fault = error
    throw error
  } finally {
    await keepLast(keeper, progress, fault)
  }
  const { step, best, stopped } = progress
  if (best && judging?.keep === 'best') await keeper.restoreBest(best.step)
  return { steps: step, ...(best && { best }), stopped, data: run.data }
}

/** What made the loop end is what its caller must hear of. */
async function keepLast(keeper: Keeper, progress: Progress, fault: unknown): Promise<void> {
  try {
    await keeper.keep(progress)
  } catch (error) {
    if (fault === undefined) throw error
  }
}

/** One step after the other. The batch that comes next is made while the engine works on the one before. */
async function* stepsFrom(run: Run, first: number): AsyncGenerator<StepEvent, void> {
  const { model, objective, course, stepping, data, signal } = run
  const batches = batchesFrom(run, first)
  let batch = batches.next().value
  for (let step = first; batch; step += 1) {
    const began = performance.now()
    let [sum, count, tokens, rows] = [0, 0, 0, 0]
    while (batch?.step === step) {
      tokens += batch.tokens
      rows += batch.rows
      const running = batch.accumulate(signal)
      // Should the next batch throw, this one's promise has nobody else.
      running.catch(() => {})
      batch = batches.next().value
      const learnt = await running
      sum += learnt.loss * learnt.count
      count += learnt.count
    }
    const loss = finite(sum / count, step + 1)
    const settings = stepping(step)
    const { gradNorm } = await model.step(settings)
    await model.zeroGrad()
    yield {
      step: step + 1,
      steps: course.steps,
      epoch: (step + 1) / course.stepsPerEpoch,
      losses: { [objective]: loss },
      gradNorm,
      lr: settings.lr,
      rows,
      tokens,
      seconds: (performance.now() - began) / 1000,
      data,
    }
  }
}

function* batchesFrom({ lesson, course }: Run, first: number): Generator<Batch & { step: number }, undefined> {
  for (let step = first; step < course.steps; step += 1)
    for (const places of course.microBatches(step)) yield { ...lesson.batch(places, step), step }
}

function finite(loss: number, step: number): number {
  if (Number.isFinite(loss)) return loss
  throw new XlingError(
    'ERR_NON_FINITE',
    `train: the loss of step ${step} is ${loss}; use a smaller learning rate, or look for damaged weights`,
  )
}
