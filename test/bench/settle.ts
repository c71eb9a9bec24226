import { setTimeout as sleep } from 'node:timers/promises'
import { anyThreadRuns } from './proc.js'

const patience = { polls: 200, milliseconds: 5 }

/**
 * Waits until no thread of either side runs. Thread pools (OpenMP's for one)
 * spin for a while after their work is done, and would do so in the other's turn.
 */
export async function settle(peerPid?: number): Promise<void> {
  for (let poll = 0; poll < patience.polls; poll += 1) {
    if (![process.pid, ...(peerPid === undefined ? [] : [peerPid])].some(anyThreadRuns)) return
    await sleep(patience.milliseconds)
  }
  throw new Error('a side keeps threads running between its turns, so nothing can be timed')
}
