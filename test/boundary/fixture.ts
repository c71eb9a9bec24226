import type { Kernels, KernelTensor } from 'xling/kernels'

/** rms_norm arguments of a given size, with numbers that differ. */
export async function normArguments(kernels: Kernels, rows: number, width: number) {
  const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1) * ((i % 7) + 1))
  const x: KernelTensor = await kernels.tensor([rows, width], { data: numbers(rows * width) })
  const weight: KernelTensor = await kernels.tensor([width], { data: numbers(width) })
  const y: KernelTensor = await kernels.tensor([rows, width])
  const rstd: KernelTensor = await kernels.tensor([rows])
  return { x, weight, y, rstd }
}

/** More repeats than any test waits for: only an abort ends such a run. */
export const endless = 1_000_000
