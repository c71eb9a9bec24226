// Kernels at the sizes of small language models, with numbers that are neither zero nor alike.
import type { KernelFields, KernelName, WritableStorage } from '../binding/kernel-fields.js'
import type { Kernels } from '../binding/kernels.js'
import type { BenchName } from './bench-names.js'

export interface BenchCase<Name extends KernelName = KernelName> {
  readonly name: string
  readonly kernel: Name
  readonly fields: KernelFields[Name]
  readonly unit: 'GFLOP/s' | 'GB/s'
  /** Of a run, in operations; what is counted in bytes is counted by the kernel. */
  readonly operations?: number
}

export const benchCases: Readonly<Record<BenchName, readonly ((kernels: Kernels) => Promise<BenchCase>)[]>> = {
  gemm: [kernels => linear(kernels, 'gemm', { rows: 512, shape: [3072, 768], storage: 'f32', unit: 'GFLOP/s' })],
  // Larger than caches: reading the weight is what a single row takes.
  decode: (['f32', 'q8_0', 'nf4'] as const).map(
    storage => kernels => linear(kernels, 'decode', { rows: 1, shape: [8192, 2048], storage, unit: 'GB/s' }),
  ),
  attention: [attention],
  rms_norm: [rmsNorm],
}

function numbers(kernels: Kernels, shape: readonly number[]) {
  const size = shape.reduce((product, extent) => product * extent, 1)
  return kernels.tensor(shape, { data: Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.7)) })
}

async function linear(
  kernels: Kernels,
  name: BenchName,
  {
    rows,
    shape,
    storage,
    unit,
  }: { rows: number; shape: readonly [number, number]; storage: WritableStorage; unit: BenchCase['unit'] },
): Promise<BenchCase> {
  const [N, K] = shape
  const x = await numbers(kernels, [rows, K])
  const w = await weight(kernels, shape, storage)
  const y = await kernels.tensor([rows, N])
  return {
    ...{ name: `${name}/${rows}x${N}x${K}/${storage}`, kernel: 'linear', fields: { x, w, y }, unit },
    operations: 2 * rows * N * K,
  }
}

/** Bytes of a weight of a storage: of a block of so many numbers. */
const blocks: Readonly<Partial<Record<WritableStorage, readonly [numbers: number, bytes: number]>>> = {
  f32: [1, 4],
  q8_0: [32, 34],
  nf4: [64, 36],
}

async function weight(kernels: Kernels, shape: readonly [number, number], storage: WritableStorage) {
  await using x = await numbers(kernels, shape)
  const [inBlock, bytes] = blocks[storage] ?? [1, 4]
  await using quantised = await kernels.tensor([(shape[0] * shape[1] * bytes) / inBlock], { dtype: 'u8' })
  await kernels.run('quantize', { x, blocks: quantised, storage })
  return kernels.weight(shape, { storage, data: (await quantised.read()) as Uint8Array })
}

/** Gemma 3 270M's over 512 tokens, causal. */
async function attention(kernels: Kernels): Promise<BenchCase> {
  const [T, heads, keyHeads, D] = [512, 4, 1, 256]
  const [q, k, v] = [
    await numbers(kernels, [T, heads, D]),
    await numbers(kernels, [T, keyHeads, D]),
    await numbers(kernels, [T, keyHeads, D]),
  ]
  const offsets = await kernels.tensor([2], { dtype: 'i32', data: Int32Array.of(0, T) })
  const y = await kernels.tensor([T, heads, D])
  const fields = { q, k, v, offsets, y, scale: 1 / Math.sqrt(D), before: -1, after: 0 }
  // Two products of a row with a row for each pair of tokens that meet.
  const operations = 4 * D * heads * ((T * (T + 1)) / 2)
  return { name: `attention/${T}x${heads}x${D}`, kernel: 'attention', fields, unit: 'GFLOP/s', operations }
}

async function rmsNorm(kernels: Kernels): Promise<BenchCase> {
  const [T, D] = [2048, 640]
  const fields = {
    x: await numbers(kernels, [T, D]),
    weight: await numbers(kernels, [D]),
    y: await kernels.tensor([T, D]),
  }
  return { name: `rms_norm/${T}x${D}`, kernel: 'rms_norm', fields, unit: 'GB/s' }
}
