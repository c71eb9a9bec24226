// Ctrl-C: the first ends the work in order, the second ends the process.
import { constants } from 'node:os'

/** Why work was aborted, and what whoever did it should know. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  /** As shells have it: 128 and the signal's number, so 130 for SIGINT and 143 for SIGTERM. */
  readonly exitCode: number

  constructor(signal: 'SIGINT' | 'SIGTERM', message: string) {
    super(message)
    this.exitCode = 128 + constants.signals[signal]
  }
}

/**
 * Does work that SIGINT or SIGTERM aborts.
 * @param then what a person should know of interrupted work, behind `interrupted; `
 * @throws Interruption once the work has ended for it, and whatever the work throws
 */
export async function interruptible<T>(then: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = (signal: NodeJS.Signals) => {
    letGo()
    controller.abort(new Interruption(signal as 'SIGINT' | 'SIGTERM', `interrupted; ${then}`))
  }
  const letGo = () => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stop)
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop)
  try {
    return await work(controller.signal)
  } finally {
    letGo()
  }
}
