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
  const cancel = () => job.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await job.promise
  } catch (error) {
    if (signal.aborted && error instanceof XlingError && error.code === 'ERR_ABORTED') throw signal.reason
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** Waits for something to be given back; that its context went first, and took it along, is no error. */
export async function ignoreDisposed(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof XlingError && (error.code === 'ERR_DISPOSED' || error.code === 'ERR_ABORTED'))) throw error
  }
}
