// A trainer in a process of its own. The protocol, one line of JSON each way:
//   { request, threads }  ->  { versions, threads }
//   { run: step }         ->  done, with peakBytes
//   { count: true }         ->  { trainable }
// with what request.ts calls so, arrays as lists, or { absent } or { error } as in peer-process.ts.
import { LineChild } from '../peers/line-child.js'
import { ask, type PeerProgram } from '../peers/peer-process.js'
import type { Step, StepDone, Trainer, TrainingRequest } from './request.js'

/** As it is on the line. */
export type ListedStep = { readonly [Key in keyof Step]: Step[Key] extends Int32Array ? readonly number[] : Step[Key] }

export interface ProcessStepDone extends StepDone {
  /** The process' largest resident memory so far, the loading of the model included. */
  readonly peakBytes: number
}

export interface TrainerProcess extends Trainer {
  readonly pid: number
  step(step: Step): Promise<ProcessStepDone>
}

/** Throws PeerAbsent where the program is not installed. */
export async function openTrainerProcess(
  program: PeerProgram,
  request: TrainingRequest,
  threads: number,
): Promise<TrainerProcess> {
  const child = new LineChild(program.locate(), program.environment(threads))
  try {
    const prepared = await ask<Pick<Trainer, 'threads' | 'versions'>>(child, { request, threads })
    if (prepared.threads !== threads)
      throw new Error(`a side uses ${prepared.threads} threads, and was to use ${threads}`)
    return {
      ...prepared,
      pid: child.pid,
      step: step => ask<ProcessStepDone>(child, { run: listed(step) }),
      trainable: async () => (await ask<{ trainable: number }>(child, { count: true })).trainable,
      dispose: () => child.end(),
    }
  } catch (error) {
    await child.end()
    throw error
  }
}

function listed({ ids, offsets, labels, lr, seed }: Step): ListedStep {
  return { ids: [...ids], offsets: [...offsets], labels: [...labels], lr, seed }
}
