// How much of the machine others used while a row was timed. A neighbour's
// burst can slow either side several times over, so a row taken beside one is
// not a figure.

/** Running totals, in seconds. */
export interface CpuSample {
  readonly wall: number
  /** All CPUs of the machine. */
  readonly busy: number
  /** Ours and the peer's. */
  readonly own: number
}

export const foreignLimit = 0.02

export class BusyMachine extends Error {
  override readonly name = 'BusyMachine'
}

/** Share of all CPUs, 0 to 1, that neither side used between the samples and someone did. */
export function foreignShare(before: CpuSample, after: CpuSample, cpus: number): number {
  const foreign = after.busy - before.busy - (after.own - before.own)
  // Below 0 by rounding: the machine's clock ticks at 10 ms, ours counts microseconds.
  return Math.max(0, foreign / ((after.wall - before.wall) * cpus))
}

export function refuseWhenBusy(before: CpuSample, after: CpuSample, cpus: number): void {
  const share = foreignShare(before, after, cpus)
  // Written so that NaN, of two equal samples, is refused too.
  if (!(share <= foreignLimit)) {
    const percent = (value: number) => `${(100 * value).toFixed(1)} %`
    throw new BusyMachine(`other processes used ${percent(share)} of the CPU (limit ${percent(foreignLimit)})`)
  }
}
