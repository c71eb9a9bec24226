import { Kernels, type Pooling } from 'xling/kernels'
import type { BenchCase, Inputs } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

interface Size {
  readonly rows: number
  /** Tokens of each row; rows are equally long, since the peer knows no others. */
  readonly T: number
  readonly D: number
}

async function givenOf(kernels: Kernels, inputs: Inputs, { rows, T }: Size) {
  const data = Int32Array.from({ length: rows + 1 }, (_, row) => row * T)
  const offsets = await kernels.tensor([rows + 1], { dtype: 'i32', data })
  return { x: await tensorOf(kernels, inputOf(inputs, 'x')), offsets }
}

const peerOf = (pass: 'forward' | 'backward', rows: number, pooling: Pooling) => [
  { peer: 'torch', case: `pool.${pass}`, args: { rows, pooling } } as const,
]

function forward(size: Size, pooling: Pooling): BenchCase {
  const { rows, T, D } = size
  return {
    name: `pool/${pooling}/${rows}x${T}x${D}`,
    unit: gigabytesPerSecond,
    peers: peerOf('forward', rows, pooling),
    inputs: () => ({ x: uniform([rows * T, D], 1) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const y = await unwritten(kernels, [rows, D])
      const fields = { ...(await givenOf(kernels, inputs, size)), y, pooling }
      return kernelSide(kernels, { kernel: 'pool', fields, outputs: { y } })
    },
  }
}

// Torch's is autograd's backward alone, on a graph made before.
function backward(size: Size, pooling: Pooling): BenchCase {
  const { rows, T, D } = size
  return {
    name: `pool_backward/${pooling}/${rows}x${T}x${D}`,
    unit: gigabytesPerSecond,
    peers: peerOf('backward', rows, pooling),
    inputs: () => ({ x: uniform([rows * T, D], 1), dy: uniform([rows, D], 2) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const dy = await tensorOf(kernels, inputOf(inputs, 'dy'))
      // Added to, so it starts from zero.
      const dx = await kernels.tensor([rows * T, D])
      const fields = { ...(await givenOf(kernels, inputs, size)), dy, dx, pooling }
      return kernelSide(kernels, { kernel: 'pool_backward', fields, outputs: { dx } })
    },
  }
}

const sentences: Size = { rows: 192, T: 32, D: 384 }

export const pool = [forward(sentences, 'mean'), backward(sentences, 'mean')]
