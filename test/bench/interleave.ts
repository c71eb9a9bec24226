// Us, the peer, us, the peer: whatever drifts (clock, heat, a neighbour) meets
// both sides alike.
import type { Side } from './case.js'
import { median } from './median.js'
import type { Round } from './row.js'

export interface Schedule {
  readonly rounds: number
  /** Of each side in each round. */
  readonly repeats: number
}

type Runner = Pick<Side, 'run'>

/** Mean seconds of one repeat within one turn. */
async function turn(side: Runner, repeats: number): Promise<number> {
  // A turn's first repeat finds sleeping threads and the other side's data in
  // the cache. It is not counted, unless a repeat is so long that this is nothing.
  const uncounted = repeats > 1 ? 1 : 0
  const seconds = await side.run(repeats + uncounted)
  if (seconds.length !== repeats + uncounted) {
    throw new Error(`a side was asked for ${repeats + uncounted} repeats and timed ${seconds.length}`)
  }
  return seconds.slice(uncounted).reduce((sum, value) => sum + value, 0) / repeats
}

/** `between` is awaited before every turn. */
export async function interleave(
  xling: Runner,
  peer: Runner,
  schedule: Schedule,
  between: () => Promise<void>,
): Promise<Round[]> {
  const rounds: Round[] = []
  for (let round = 0; round < schedule.rounds; round += 1) {
    await between()
    const ours = await turn(xling, schedule.repeats)
    await between()
    rounds.push({ xling: ours, peer: await turn(peer, schedule.repeats) })
  }
  return rounds
}

/** Repeats that make a round about a quarter of a second, and rounds that make a row about three. */
export function scheduleFor(xlingSeconds: number, peerSeconds: number): Schedule {
  const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
  const pair = xlingSeconds + peerSeconds
  const repeats = clamp(Math.round(0.25 / pair), 1, 10_000)
  // An odd number, so that the median is a round that happened; fewer where one takes seconds.
  return { repeats, rounds: pair > 2 ? 5 : 11 }
}

/** Runs a side until it is warm; seconds of one repeat. */
export async function warmUp(side: Runner): Promise<number> {
  const seconds: number[] = []
  let total = 0
  while (seconds.length < 3 || (total < 0.3 && seconds.length < 10_000)) {
    const more = await side.run(Math.max(1, seconds.length))
    seconds.push(...more)
    total += more.reduce((sum, value) => sum + value, 0)
  }
  return median(seconds.slice(Math.floor(seconds.length / 2)))
}
