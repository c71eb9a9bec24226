import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigabytesPerSecond } from '../units.js'

const storage = 'q8_0'

/** [N, K] into q8_0 or out of it; torch does the same arithmetic, codes and scales in tensors of their own. */
function q8(N: number, K: number, kernel: 'quantize' | 'dequantize'): BenchCase {
  return {
    name: `${kernel}/q8_0/${N}x${K}`,
    unit: gigabytesPerSecond,
    peers: [{ peer: 'torch', case: `quantize.${kernel}_q8_0`, args: {} }],
    inputs: () => ({ x: uniform([N, K], 1) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const x = await tensorOf(kernels, inputOf(inputs, 'x'))
      const blocks = await kernels.tensor([(N * K * 34) / 32], { dtype: 'u8' })
      const y = await unwritten(kernels, [N, K])
      await kernels.run('quantize', { x, blocks, storage })
      if (kernel === 'dequantize')
        return kernelSide(kernels, { kernel, fields: { blocks, y, storage }, outputs: { y } })
      // Bytes are no numbers that could be compared: what they decode to is.
      await kernels.run('dequantize', { blocks, y, storage })
      return kernelSide(kernels, { kernel, fields: { x, blocks, storage }, outputs: { y } })
    },
  }
}

export const quantize = [q8(2048, 2048, 'quantize'), q8(2048, 2048, 'dequantize')]
