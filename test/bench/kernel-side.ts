// Our side of a kernel's bench, whichever the kernel.
import type { KernelFields, KernelName, Kernels, KernelTensor } from 'xling/kernels'
import type { Input, OurSide } from './case.js'
import { type Output, outcomeOf } from './outcome.js'

export interface KernelRun<Name extends KernelName> {
  readonly kernel: Name
  readonly fields: KernelFields[Name]
  /** By the names that the peer gives them; the first has the rows that are counted. */
  readonly outputs: Record<string, KernelTensor>
  /** In the unit's terms; the bytes that a run moves where it is not given. */
  readonly amount?: number
}

export function tensorOf(kernels: Kernels, { shape, data }: Input): Promise<KernelTensor> {
  return kernels.tensor(shape, { data })
}

/** An output in which an element that is never written stays visible. */
export function unwritten(kernels: Kernels, shape: readonly number[]): Promise<KernelTensor> {
  const size = shape.reduce((product, extent) => product * extent, 1)
  return kernels.tensor(shape, { data: new Float32Array(size).fill(Number.NaN) })
}

/** Runs once to see what comes out; owns the kernels, and their tensors with them, from here on. */
export async function kernelSide<Name extends KernelName>(kernels: Kernels, run: KernelRun<Name>): Promise<OurSide> {
  const { kernel, fields, outputs } = run
  const { bytes } = await kernels.run(kernel, fields)
  const read: Record<string, Output> = {}
  for (const [name, tensor] of Object.entries(outputs)) {
    const data = await tensor.read()
    if (!(data instanceof Float32Array)) throw new TypeError(`${kernel}: ${name} is not of floating point`)
    read[name] = { shape: tensor.shape, data }
  }
  return {
    ...outcomeOf(read),
    isa: kernels.device.isa,
    threads: kernels.device.threads,
    amount: run.amount ?? bytes,
    run: async n => Array.from((await kernels.run(kernel, fields, { repeat: n })).seconds),
    dispose: () => kernels.dispose(),
  }
}
