// A kernel's fields that are one of a few names: each name means its own, a
// field left out means its default, and anything else is refused with all names.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Activation, Kernels } from 'xling/kernels'
import { throws } from './throws.js'

const near = (got: Iterable<number>, want: number[]) => {
  const numbers = [...got]
  assert.equal(numbers.length, want.length)
  for (const [i, value] of numbers.entries()) assert.ok(Math.abs(value - (want[i] ?? Number.NaN)) < 1e-6, `${value}`)
}

const silu = (x: number) => x / (1 + Math.exp(-x))
const gates = [-2, -0.5, 0, 1.25]
// x / 2 · (1 + erf(x / sqrt 2)) of those gates, from Python's math.erf.
const gelu = (x: number) => [-0.0455002639, -0.1542687694, 0, 1.1179377829][gates.indexOf(x)] ?? Number.NaN
const geluTanh = (x: number) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))

test("gated_activation: each activation's name is its formula", async () => {
  await using kernels = await Kernels.open()
  const gate = await kernels.tensor([1, 4], { data: new Float32Array(gates) })
  const up = await kernels.tensor([1, 4], { data: new Float32Array(4).fill(1) })
  const y = await kernels.tensor([1, 4])
  const formulas: [{ activation?: Activation }, (x: number) => number][] = [
    [{}, silu],
    [{ activation: 'silu' }, silu],
    [{ activation: 'gelu_tanh' }, geluTanh],
    [{ activation: 'gelu' }, gelu],
    [{ activation: 'tanh' }, Math.tanh],
  ]
  for (const [choice, formula] of formulas) {
    await kernels.run('gated_activation', { gate, up, y, ...choice })
    near(await y.read(), gates.map(formula))
  }
  for (const wrong of ['relu', '', 'SILU', 1, null, {}])
    await throws(
      () => kernels.run('gated_activation', { gate, up, y, activation: wrong as Activation }),
      'ERR_INVALID_ARGUMENT',
      "gated_activation: activation must be 'silu' or 'gelu_tanh' or 'gelu' or 'tanh'",
    )
})

test('rope: positions are i32, and each direction undoes the other', async () => {
  await using kernels = await Kernels.open()
  const positions = await kernels.tensor([2], { dtype: 'i32', data: new Int32Array([0, 3]) })
  const frequencies = await kernels.tensor([1], { data: new Float32Array([0.5]) })
  const [cos, sin] = [await kernels.tensor([2, 1]), await kernels.tensor([2, 1])]
  await kernels.run('rope_table', { positions, frequencies, cos, sin })
  const x = await kernels.tensor([2, 1, 2], { data: new Float32Array([1, 2, 1, 0]) })
  await kernels.run('rope', { x, cos, sin, y: x })
  near(await x.read(), [1, 2, Math.cos(1.5), Math.sin(1.5)])
  await kernels.run('rope', { x, cos, sin, y: x, direction: 'inverse' })
  near(await x.read(), [1, 2, 1, 0])
  await throws(
    () => kernels.run('rope', { x, cos, sin, y: x, direction: 'backward' as 'inverse' }),
    'ERR_INVALID_ARGUMENT',
    "rope: direction must be 'forward' or 'inverse'",
  )
})
