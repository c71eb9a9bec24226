// One row of the report, from the rounds that were timed.
import type { Outcome, Work } from './case.js'
import { median } from './median.js'
import type { Unit } from './units.js'

/** Seconds of one repeat of each side, taken one after the other. */
export interface Round {
  readonly xling: number
  readonly peer: number
}

/** One element of the JSON file. */
export interface Row {
  name: string
  xling: number
  /** Null where there is none to compare with. */
  peer: number | null
  /** Above 1: xling is better, whatever the unit. */
  ratio: number | null
  unit: string
  isa: string
  threads: number
  versions: Record<string, string>
  work: { xling: Work; peer: Work | null }
}

/** What a row says beside its figures. */
export interface Heading {
  readonly name: string
  readonly unit: Unit
  readonly isa: string
  readonly threads: number
  readonly versions: Record<string, string>
  readonly work: Row['work']
}

export interface Measured extends Heading {
  readonly amount: number
  readonly rounds: readonly Round[]
}

export function ratioOf(unit: Unit, xling: number, peer: number): number {
  return unit.higherIsBetter ? xling / peer : peer / xling
}

/** From the figures of each round, in the heading's unit. */
export function rowOf(heading: Heading, figures: readonly { xling: number; peer: number }[]): Row {
  const { unit } = heading
  return {
    name: heading.name,
    xling: median(figures.map(figure => figure.xling)),
    peer: median(figures.map(figure => figure.peer)),
    // Of each round's own ratio: a slow moment of the machine falls on both sides of it.
    ratio: median(figures.map(figure => ratioOf(unit, figure.xling, figure.peer))),
    ...rest(heading),
  }
}

/** Of what no peer does. */
export function rowAlone(heading: Heading, figures: readonly number[]): Row {
  return { name: heading.name, xling: median(figures), peer: null, ratio: null, ...rest(heading) }
}

function rest({ unit, isa, threads, versions, work }: Heading) {
  return { unit: unit.name, isa, threads, versions, work }
}

export function makeRow(measured: Measured): Row {
  const { unit, amount } = measured
  const figure = (seconds: number) => unit.figure(seconds, amount)
  return rowOf(
    measured,
    measured.rounds.map(round => ({ xling: figure(round.xling), peer: figure(round.peer) })),
  )
}

// Both sides sum in f32, in another order: for outputs of up to 10^7 elements
// the mean of absolute values agrees to 10^-5 or so. A missing epsilon, gain or
// term of a gradient is a percent.
const meansTolerance = 1e-3

/** Throws unless both sides computed the same amount of the same thing. */
export function refuseUnequal(name: string, xling: Outcome, peer: Outcome): void {
  const keysOf = (record: Record<string, number>) => Object.keys(record).sort().join(' ')
  const same = keysOf(xling.work) === keysOf(peer.work)
  if (!same || Object.entries(xling.work).some(([what, count]) => peer.work[what] !== count)) {
    throw new Error(
      `${name}: the sides did different work: xling ${JSON.stringify(xling.work)}, peer ${JSON.stringify(peer.work)}`,
    )
  }
  const names = new Set([...Object.keys(xling.means), ...Object.keys(peer.means)])
  for (const output of names) {
    const ours = xling.means[output] ?? Number.NaN
    const theirs = peer.means[output] ?? Number.NaN
    // Written so that NaN fails.
    if (!(Math.abs(ours - theirs) <= meansTolerance * Math.abs(theirs))) {
      throw new Error(`${name}: the sides' results differ: mean |${output}| is ${ours} and ${theirs}`)
    }
  }
}
