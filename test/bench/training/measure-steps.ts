// How fast steps are taken, beside a peer.
import type { PeerProgram } from '../peers/peer-process.js'
import { quietly } from '../quiet.js'
import { type Row, rowOf } from '../row.js'
import { settle } from '../settle.js'
import type { Unit } from '../units.js'
import type { PackedStep, StepDone, Trainer } from './request.js'
import { type Agreement, refuseOtherSteps, totalOf } from './same-steps.js'
import { openTrainerProcess, type TrainerProcess } from './trainer-process.js'

/** An odd number, so that the median is a round that happened. */
const rounds = 5
/** So that a run takes seconds, and has long rows and short ones. */
const stepsPerRun = 4

/** Steps of one kind, and who takes them. */
export interface StepsRow<Request extends object, Taken extends PackedStep> {
  readonly name: string
  readonly unit: Unit
  readonly peer: PeerProgram
  /** Throws PeerAbsent without what they are taken on. */
  prepare(count: number): Promise<{ request: Request; steps: readonly Taken[]; isa: string }>
  open(request: Request): Promise<Trainer<Taken>>
  readonly agreement: readonly Agreement[]
}

/** Throws PeerAbsent, BusyMachine, or what went wrong. */
export async function measureSteps<Request extends object, Taken extends PackedStep>(
  row: StepsRow<Request, Taken>,
): Promise<Row> {
  const { name, unit } = row
  row.peer.locate() // before any work, where it is not installed
  const { request, steps, isa } = await row.prepare((1 + rounds) * stepsPerRun)
  const xling = await row.open(request)
  try {
    const peer = await openTrainerProcess<Taken>(row.peer, request, xling.threads)
    try {
      const [warmUp, ...timed] = await timeRounds(xling, peer, steps)
      const taken = (side: keyof Round, of: readonly Round[]) => of.flatMap(round => round[side])
      const trained = async (side: keyof Round, { trainable }: { trainable(): Promise<number> }) => ({
        trainable: await trainable(),
        steps: [...(warmUp?.[side] ?? []), ...taken(side, timed)],
      })
      refuseOtherSteps(name, await trained('xling', xling), await trained('peer', peer), row.agreement)
      const heading = {
        ...{ name, unit, isa, threads: xling.threads },
        versions: { ...xling.versions, ...peer.versions },
        work: { xling: totalOf(taken('xling', timed)), peer: totalOf(taken('peer', timed)) },
      }
      return rowOf(
        heading,
        timed.map(round => ({ xling: figure(unit, round.xling), peer: figure(unit, round.peer) })),
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
async function timeRounds<Taken extends PackedStep>(
  xling: Trainer<Taken>,
  peer: TrainerProcess<Taken>,
  steps: readonly Taken[],
): Promise<Round[]> {
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

async function takeSteps<Taken extends PackedStep>(
  trainer: Trainer<Taken>,
  steps: readonly Taken[],
): Promise<StepDone[]> {
  const done: StepDone[] = []
  for (const step of steps) done.push(await trainer.step(step))
  return done
}

function figure(unit: Unit, steps: readonly StepDone[]): number {
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0)
  return unit.figure(seconds, totalOf(steps).rows)
}
