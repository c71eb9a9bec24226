import { Kernels } from '../../binding/kernels.js'
import { type BenchCase, benchCases } from '../bench-cases.js'
import type { BenchName } from '../bench-names.js'
import { interruptible } from '../interruption.js'

/** How long a kernel is timed, about, in seconds. */
const timed = 0.5

interface Timing {
  readonly name: string
  /** Median of a run. */
  readonly milliseconds: number
  readonly rate: number
  readonly unit: BenchCase['unit']
  readonly runs: number
}

/** `xling bench` */
export async function bench(names: readonly BenchName[], json: boolean): Promise<void> {
  await interruptible('what was timed until now counts', async signal => {
    const timings: Timing[] = []
    const { device } = await timeEach(names, signal, timing => {
      timings.push(timing)
      if (!json) console.log(lineOf(timing))
    })
    const { name, isa, threads } = device
    if (json) console.log(JSON.stringify({ device: { name, isa, threads }, timings }, undefined, 2))
    else console.log(`  on ${name} (${isa}, ${threads} threads)`)
  })
}

async function timeEach(names: readonly BenchName[], signal: AbortSignal, told: (timing: Timing) => void) {
  await using kernels = await Kernels.open({ signal })
  for (const name of names)
    for (const prepare of benchCases[name]) told(await time(kernels, await prepare(kernels), signal))
  return kernels
}

async function time(kernels: Kernels, { name, kernel, fields, unit, operations }: BenchCase, signal: AbortSignal) {
  const once = await kernels.run(kernel, fields, { repeat: 3, signal })
  const runs = Math.max(5, Math.min(2000, Math.round(timed / median(once.seconds))))
  const { seconds, bytes } = await kernels.run(kernel, fields, { repeat: runs, signal })
  const usual = median(seconds)
  const amount = unit === 'GB/s' ? bytes : (operations ?? 0)
  return { name, milliseconds: usual * 1e3, rate: amount / usual / 1e9, unit, runs }
}

const median = (seconds: Float64Array) => seconds.toSorted()[seconds.length >> 1] ?? Number.NaN

const lineOf = ({ name, milliseconds, rate, unit, runs }: Timing) =>
  `  ${name.padEnd(24)} ${milliseconds.toFixed(3).padStart(9)} ms ${rate.toFixed(1).padStart(8)} ${unit}   median of ${runs}`
