import { Kernels } from 'xling/kernels'
import type { BenchCase, Input } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigaflopsPerSecond } from '../units.js'

/** y [M, N] = x [M, K] · w [N, K] transposed, all f32: torch's linear. Frozen weights lie in panels, others in rows. */
function forward(M: number, N: number, K: number, kept: 'frozen' | 'trainable' = 'frozen'): BenchCase {
  return {
    name: `${kept === 'frozen' ? 'gemm' : 'gemm_trainable'}/${M}x${N}x${K}`,
    unit: gigaflopsPerSecond,
    peers: [{ peer: 'torch', case: 'linear.forward', args: {} }],
    inputs: () => ({ x: uniform([M, K], 1), w: uniform([N, K], 2) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const numbers = inputOf(inputs, 'w')
      const w = kept === 'frozen' ? await frozen(kernels, numbers, [N, K]) : await tensorOf(kernels, numbers)
      const y = await unwritten(kernels, [M, N])
      return kernelSide(kernels, { kernel: 'linear', fields: { x, w, y }, outputs: { y }, amount: 2 * M * N * K })
    },
  }
}

function frozen(kernels: Kernels, { data }: Input, shape: readonly [number, number]) {
  return kernels.weight(shape, { storage: 'f32', data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) })
}

/** Both gradients, one after the other; torch's is autograd's backward alone. */
function gradient(M: number, N: number, K: number, of: 'input' | 'weight'): BenchCase {
  return {
    name: `gemm_${of}_grad/${M}x${N}x${K}`,
    unit: gigaflopsPerSecond,
    peers: [{ peer: 'torch', case: `linear.${of}_grad`, args: {} }],
    inputs: () => ({ dy: uniform([M, N], 1), other: uniform(of === 'input' ? [N, K] : [M, K], 2) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const dy = await tensorOf(kernels, inputOf(inputs, 'dy'))
      const other = await tensorOf(kernels, inputOf(inputs, 'other'))
      const amount = 2 * M * N * K
      if (of === 'input') {
        const dx = await unwritten(kernels, [M, K])
        return kernelSide(kernels, {
          kernel: 'linear_input_grad',
          fields: { dy, w: other, dx },
          outputs: { dx },
          amount,
        })
      }
      // Added to, so it starts from zero.
      const dw = await kernels.tensor([N, K])
      return kernelSide(kernels, {
        kernel: 'linear_weight_grad',
        fields: { x: other, dy, dw },
        outputs: { dw },
        amount,
      })
    },
  }
}

export const linear = [
  forward(256, 768, 768),
  forward(512, 768, 768),
  forward(512, 3072, 768),
  forward(2048, 2048, 2048),
  forward(4096, 640, 2048),
  forward(16, 2048, 640),
  forward(1, 2048, 640),
  forward(1, 4096, 4096),
  forward(512, 3072, 768, 'trainable'),
  gradient(512, 3072, 768, 'input'),
  gradient(512, 3072, 768, 'weight'),
]
