import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { untilQuiet } from './attempts.js'
import { refuseWhenBusy } from './foreign-cpu.js'
import { sampleCpu } from './proc.js'
import { settle } from './settle.js'

/** Does what is timed, and again where others used the CPU meanwhile; throws BusyMachine if they always did. */
export function quietly<T>(peerPid: number | undefined, timed: () => Promise<T>): Promise<T> {
  const attempt = async () => {
    await settle(peerPid)
    const before = sampleCpu(peerPid)
    const result = await timed()
    await settle(peerPid)
    refuseWhenBusy(before, sampleCpu(peerPid), cpus().length)
    return result
  }
  // Long enough for a neighbour's burst to pass.
  return untilQuiet(attempt, () => sleep(2000))
}
