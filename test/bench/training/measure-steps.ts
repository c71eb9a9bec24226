// How many rows a second are trained on.
import { peft } from '../peers/peft.js'
import { quietly } from '../quiet.js'
import { type Row, rowOf } from '../row.js'
import { settle } from '../settle.js'
import { rowsPerSecond } from '../units.js'
import { jobName, prepareJob } from './job.js'
import { openOurTrainer } from './our-trainer.js'
import type { Step, StepDone, Trainer } from './request.js'
import { refuseOtherSteps, totalOf } from './same-steps.js'
import { openTrainerProcess, type TrainerProcess } from './trainer-process.js'

export const stepsName = `${jobName}/peft`

/** An odd number, so that the median is a round that happened. */
const rounds = 5
/** So that a run takes seconds, and has long rows and short ones. */
const stepsPerRun = 4

/** Throws PeerAbsent, BusyMachine, or what went wrong. */
export async function measureSteps(): Promise<Row> {
  peft.locate() // before any work, where it is not installed
  const { request, steps, isa } = await prepareJob((1 + rounds) * stepsPerRun)
  const xling = await openOurTrainer(request)
  try {
    const peer = await openTrainerProcess(peft, request, xling.threads)
    try {
      const [warmUp, ...timed] = await timeRounds(xling, peer, steps)
      const taken = (side: keyof Round, of: readonly Round[]) => of.flatMap(round => round[side])
      const trained = async (side: keyof Round, { trainable }: Trainer) => ({
        trainable: await trainable(),
        steps: [...(warmUp?.[side] ?? []), ...taken(side, timed)],
      })
      refuseOtherSteps(stepsName, await trained('xling', xling), await trained('peer', peer))
      const heading = {
        ...{ name: stepsName, unit: rowsPerSecond, isa, threads: xling.threads },
        versions: { ...xling.versions, ...peer.versions },
        work: { xling: totalOf(taken('xling', timed)), peer: totalOf(taken('peer', timed)) },
      }
      return rowOf(
        heading,
        timed.map(round => ({ xling: figure(round.xling), peer: figure(round.peer) })),
      )
    } finally {
      await peer.dispose()
    }
  } finally {
    await xling.dispose()
  }
}

interface Round {
  readonly xling: readonly StepDone[]
  readonly peer: readonly StepDone[]
}

/** Us, the peer, us, the peer, first to warm up; each later round is taken again where others used the CPU. */
async function timeRounds(xling: Trainer, peer: TrainerProcess, steps: readonly Step[]): Promise<Round[]> {
  const taken: Round[] = []
  for (let first = 0; first < steps.length; first += stepsPerRun) {
    const run = steps.slice(first, first + stepsPerRun)
    const round = async () => {
      const ours = await takeSteps(xling, run)
      await settle(peer.pid)
      return { xling: ours, peer: await takeSteps(peer, run) }
    }
    taken.push(first === 0 ? await round() : await quietly(peer.pid, round))
  }
  return taken
}

async function takeSteps(trainer: Trainer, steps: readonly Step[]): Promise<StepDone[]> {
  const done: StepDone[] = []
  for (const step of steps) done.push(await trainer.step(step))
  return done
}

function figure(steps: readonly StepDone[]): number {
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0)
  return rowsPerSecond.figure(seconds, totalOf(steps).rows)
}
