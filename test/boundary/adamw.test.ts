import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kernels } from 'xling/kernels'
import { Golden } from '../golden/safetensors.js'

// As native/kernels/adamw_numbers.cc derives them, which tests of its own prove.
function numbersOf(settings: Settings, step: number) {
  const { lr, beta1, beta2, eps, weightDecay } = settings
  return {
    beta1,
    rest1: 1 - beta1,
    beta2,
    rest2: 1 - beta2,
    stepSize: lr / (1 - beta1 ** step),
    rootCorrection: Math.sqrt(1 - beta2 ** step),
    decay: 1 - lr * weightDecay,
    eps,
  }
}

interface Settings {
  readonly lr: number
  readonly beta1: number
  readonly beta2: number
  readonly eps: number
  readonly weightDecay: number
}

const settings: Settings = { lr: 1e-2, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1 }
const scale = 0.3

function near(got: Float32Array, want: Float32Array, tolerance: (i: number) => number, what: string) {
  assert.equal(got.length, want.length, what)
  for (const [i, value] of want.entries()) {
    const off = Math.abs((got[i] ?? Number.NaN) - value)
    assert.ok(off <= tolerance(i), `${what}: [${i}] is ${got[i]}, not within ${tolerance(i)} of ${value}`)
  }
}

test("ten steps of adamw end where torch's do", async () => {
  await using kernels = await Kernels.open({ device: 'cpu' })
  const golden = await Golden.open('adamw/adamw.safetensors')
  const shape = golden.shape('start')
  const gradients = golden.read('gradients', 'F32')
  const weights = golden.read('weights', 'F32')
  const [steps = 0, rows = 0, width = 0] = golden.shape('gradients')
  const size = rows * width
  const w = await kernels.tensor(shape, { data: golden.read('start', 'F32') })
  const m = await kernels.tensor(shape)
  const v = await kernels.tensor(shape)
  // Half an ulp of a number is at most this share of it.
  const rounding = 2 ** -24
  for (let step = 1; step <= steps; step += 1) {
    const grad = await kernels.tensor(shape, { data: gradients.slice((step - 1) * size, step * size) })
    await kernels.run('adamw', { w, m, v, grad, scale, ...numbersOf(settings, step) })
    const want = weights.slice((step - 1) * size, step * size)
    // Each side rounds w twice a step, and what it subtracts, of lr or so, ten times.
    const off = (i: number) => step * rounding * (4 * Math.abs(want[i] ?? 0) + 20 * settings.lr)
    near((await w.read()) as Float32Array, want, off, `w after step ${step}`)
    await grad.dispose()
  }
  const largest = (i: number) => {
    const seen = Array.from({ length: steps }, (_, step) => Math.abs(scale * (gradients[step * size + i] ?? 0)))
    return Math.max(...seen)
  }
  // Three operations of each step on each side, of which none is above the largest gradient.
  const offOfM = (i: number) => 6 * steps * rounding * largest(i)
  near((await m.read()) as Float32Array, golden.read('m', 'F32'), offOfM, 'm')
  const wantV = golden.read('v', 'F32')
  near((await v.read()) as Float32Array, wantV, i => 6 * steps * rounding * (wantV[i] ?? 0), 'v')
})
