import { Kernels } from 'xling/kernels'
import type { BenchCase } from '../case.js'
import { inputOf, uniform } from '../inputs.js'
import { kernelSide, tensorOf, unwritten } from '../kernel-side.js'
import { gigaflopsPerSecond } from '../units.js'

const B = 4096
const d = 768
const scale = 20

/**
 * Loss and gradient of B pairs, their length included, with so many rows of logits in memory; torch keeps them all. The
 * operations are those of three products.
 */
function contrastive(name: string, rows: number): BenchCase {
  return {
    name: `contrastive_loss/${name}`,
    unit: gigaflopsPerSecond,
    peers: [{ peer: 'torch', case: 'contrastive.gradient', args: { anchors: B, scale } }],
    inputs: () => ({ x: uniform([2 * B, d], 1) }),
    async prepare(inputs) {
      const kernels = await Kernels.open({ device: 'cpu' })
      const [x, unit, z, loss, dx] = await Promise.all([
        tensorOf(kernels, inputOf(inputs, 'x')),
        unwritten(kernels, [2 * B, d]),
        unwritten(kernels, [rows, B]),
        unwritten(kernels, [1]),
        unwritten(kernels, [2 * B, d]),
      ])
      return kernelSide(kernels, {
        kernel: 'contrastive',
        fields: { x, unit, z, loss, dx, anchors: B, scale },
        outputs: { dx, loss },
        amount: 3 * 2 * B * B * d,
      })
    },
  }
}

// 64 MiB of logits, and the 32 MiB of a tile of a batch whose logits are not kept.
export const contrastiveLoss = [contrastive(`${B}`, B), contrastive(`${B}-tiled`, B / 2)]
