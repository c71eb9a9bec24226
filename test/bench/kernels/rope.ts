import { Kernels } from 'xling/kernels'
import type { BenchCase, Input } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

/** theta^(-2i/D) for i < D/2. */
function frequencies(D: number): Input {
  const data = Float32Array.from({ length: D / 2 }, (_, i) => 10000 ** ((-2 * i) / D))
  return { shape: [D / 2], data }
}

/** Positions 0...T-1 on both sides; cos and sin [T, D/2], not yet made. */
async function tableOf(kernels: Kernels, T: number, given: Input) {
  const positions = await kernels.tensor([T], { dtype: 'i32', data: Int32Array.from({ length: T }, (_, t) => t) })
  const cos = await unwritten(kernels, [T, ...given.shape])
  const sin = await unwritten(kernels, [T, ...given.shape])
  return { positions, frequencies: await tensorOf(kernels, given), cos, sin }
}

/** Once for all layers; torch's cos and sin of an outer product. */
function table(T: number, D: number): BenchCase {
  return {
    name: `rope_table/${T}x${D}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'rope.table', args: { T } }],
    inputs: () => ({ frequencies: frequencies(D) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const fields = await tableOf(kernels, T, inputOf(inputs, 'frequencies'))
      return kernelSide(kernels, { kernel: 'rope_table', fields, outputs: { cos: fields.cos, sin: fields.sin } })
    },
  }
}

/** x [T, H, D] turned; torch does it as transformers does, by rotate_half and whole tables. */
function turn(T: number, H: number, D: number): BenchCase {
  return {
    name: `rope/${T}x${H}x${D}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: 'rope.turn', args: { T } }],
    inputs: () => ({ x: uniform([T, H, D], 1), frequencies: frequencies(D) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const fields = await tableOf(kernels, T, inputOf(inputs, 'frequencies'))
      await kernels.run('rope_table', fields)
      const { cos, sin } = fields
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const y = await unwritten(kernels, [T, H, D])
      return kernelSide(kernels, { kernel: 'rope', fields: { x, cos, sin, y }, outputs: { y } })
    },
  }
}

export const rope = [table(2048, 128), turn(2048, 4, 256), turn(512, 16, 64)]
