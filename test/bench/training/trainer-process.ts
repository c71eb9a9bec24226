// A trainer in a process of its own. The protocol, one line of JSON each way:
//   { request, threads }  ->  { versions, threads }
//   { run: step }         ->  done, with peakBytes
//   { count: true }         ->  { trainable }
// with what request.ts calls so, arrays as lists, or { absent } or { error } as in peer-process.ts.
import { LineChild } from '../peers/line-child.js'
import { ask, type PeerProgram } from '../peers/peer-process.js'
import type { PackedStep, Step, StepDone, Trainer } from './request.js'

/** As it is on the line. */
export type Listed<Taken> = {
  readonly [Key in keyof Taken]: Taken[Key] extends Int32Array ? readonly number[] : Taken[Key]
}

export interface ProcessStepDone extends StepDone {
  /** The process' largest resident memory so far, the loading of the model included. */
  readonly peakBytes: number
}

export interface TrainerProcess<Taken extends PackedStep = Step> extends Trainer<Taken> {
  readonly pid: number
  step(step: Taken): Promise<ProcessStepDone>
}

/** Throws PeerAbsent where the program is not installed. */
export async function openTrainerProcess<Taken extends PackedStep = Step>(
  program: PeerProgram,
  request: object,
  threads: number,
): Promise<TrainerProcess<Taken>> {
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

function listed<Taken extends PackedStep>(step: Taken): Listed<Taken> {
  const fields = Object.entries(step).map(([key, value]) => [key, value instanceof Int32Array ? [...value] : value])
  return Object.fromEntries(fields) as Listed<Taken>
}
