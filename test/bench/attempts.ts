import { BusyMachine } from './foreign-cpu.js'

const attempts = 3

/** Tries again while others use the CPU; the last BusyMachine is the caller's. `pause` is awaited in between. */
export async function untilQuiet<T>(attempt: () => Promise<T>, pause: () => Promise<void>): Promise<T> {
  for (let left = attempts - 1; ; left -= 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof BusyMachine)) throw error
      if (left === 0) throw new BusyMachine(`${error.message} in each of ${attempts} attempts`)
    }
    await pause()
  }
}
