// The most memory that training takes, of a process that does nothing else.
import { fileURLToPath } from 'node:url'
import type { PeerProgram } from '../peers/peer-process.js'
import { peftAsFound } from '../peers/peft.js'
import { type Row, rowOf } from '../row.js'
import { megabytes } from '../units.js'
import { jobName, prepareJob, type TrainingJob } from './job.js'
import { loraAgreement } from './lora-steps.js'
import { refuseOtherSteps, totalOf } from './same-steps.js'
import { openTrainerProcess, type ProcessStepDone } from './trainer-process.js'

export const memoryName = `memory/${jobName}/peft`

const steps = 4

const ourProcess: PeerProgram = {
  locate: () => [process.execPath, fileURLToPath(new URL('./our-trainer-process.js', import.meta.url))],
  environment: () => ({}),
}

/** Needs no quiet machine. Throws PeerAbsent, or what went wrong. */
export async function measureMemory(): Promise<Row> {
  peftAsFound.locate() // before any work, where it is not installed
  const job = await prepareJob(steps)
  // One after the other, so that a machine needs memory for one.
  const xling = await trainAlone(ourProcess, job)
  const peer = await trainAlone(peftAsFound, job)
  refuseOtherSteps(memoryName, xling, peer, loraAgreement)
  const heading = {
    ...{ name: memoryName, unit: megabytes, isa: job.isa, threads: job.threads },
    versions: { ...xling.versions, ...peer.versions },
    work: { xling: totalOf(xling.steps), peer: totalOf(peer.steps) },
  }
  return rowOf(heading, [{ xling: xling.peak, peer: peer.peak }])
}

async function trainAlone(program: PeerProgram, { request, steps, threads }: TrainingJob) {
  const trainer = await openTrainerProcess(program, request, threads)
  try {
    const done: ProcessStepDone[] = []
    for (const step of steps) done.push(await trainer.step(step))
    const peakBytes = Math.max(...done.map(step => step.peakBytes))
    const peak = megabytes.figure(Number.NaN, peakBytes)
    return { steps: done, peak, trainable: await trainer.trainable(), versions: trainer.versions }
  } finally {
    await trainer.dispose()
  }
}
