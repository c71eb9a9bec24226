import type { Kernels } from '../binding/kernels.js'

export interface KernelCheck {
  kernel: string
  rows: number
  width: number
  /** Largest |kernel - formula| relative to the largest |formula|. */
  error: number
  /** What f32 sums of this width may differ by: 16 ulps. */
  tolerance: number
  ok: boolean
}

/** Runs rms_norm on the device and compares it with the formula, computed here in f64. */
export async function checkRmsNorm(kernels: Kernels): Promise<KernelCheck> {
  const [rows, width, eps] = [65, 640, 1e-6]
  const x = Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i * 0.7) * (1 + (i % 13)))
  const gain = Float32Array.from({ length: width }, (_, i) => 1 + Math.cos(i) / 2)
  const expected = formula(x, gain, eps)

  const onDevice = {
    x: await kernels.tensor([rows, width], { data: x }),
    weight: await kernels.tensor([width], { data: gain }),
    y: await kernels.tensor([rows, width]),
  }
  await kernels.run('rms_norm', { ...onDevice, eps })
  const got = await onDevice.y.read()
  await Promise.all(Object.values(onDevice).map(tensor => tensor.dispose()))

  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const error = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] ?? Number.NaN))), 0) / scale
  const tolerance = 16 * 2 ** -23
  return { kernel: 'rms_norm', rows, width, error, tolerance, ok: error <= tolerance }
}

// Zhang & Sennrich 2019, eq. 4.
function formula(x: Float32Array, gain: Float32Array, eps: number): Float64Array {
  const width = gain.length
  return Float64Array.from(x, (value, i) => {
    const row = x.subarray(i - (i % width), i - (i % width) + width)
    const meanSquare = row.reduce((sum, entry) => sum + entry * entry, 0) / width
    return (value / Math.sqrt(meanSquare + eps)) * (gain[i % width] ?? Number.NaN)
  })
}
