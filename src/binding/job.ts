import { XlingError } from './errors.js'
import type { NativeJob } from './native-types.js'

/**
 * Starts native work and waits for it. An abort cancels it natively and rejects
 * with the signal's reason; a signal that is already aborted starts nothing.
 */
export async function settle<T>(start: () => NativeJob<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted()
  const job = start()
  if (!signal) return job.promise
  const jobs = jobsOf(signal)
  jobs.add(job)
  try {
    return await job.promise
  } catch (error) {
    if (signal.aborted && error instanceof XlingError && error.code === 'ERR_ABORTED') throw signal.reason
    throw error
  } finally {
    jobs.delete(job)
  }
}

type Running = Set<Pick<NativeJob<unknown>, 'cancel'>>

const running = new WeakMap<AbortSignal, Running>()

/** What runs under a signal. It has one listener for all: Node warns of a leak from the eleventh on. */
function jobsOf(signal: AbortSignal): Running {
  const known = running.get(signal)
  if (known) return known
  const jobs: Running = new Set()
  const cancelAll = () => {
    for (const job of jobs) job.cancel()
  }
  signal.addEventListener('abort', cancelAll, { once: true })
  running.set(signal, jobs)
  return jobs
}

/** Waits for something to be given back; that its context went first, and took it along, is no error. */
export async function ignoreDisposed(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof XlingError && (error.code === 'ERR_DISPOSED' || error.code === 'ERR_ABORTED'))) throw error
  }
}
