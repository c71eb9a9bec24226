// A golden's training, opened; and what its numbers are held against.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AccumulateOptions, type Adapter, Decoder } from 'xling'
import { type Tensors, TrainingGolden } from '../golden/training/training-golden.js'

/** What trains: an adapter, or a model itself. */
export type Trainee = Pick<Adapter, 'parameters' | 'gradients' | 'setParameters'>

/** The golden's model, its adapter where it has one, and that of the two which is trained. */
export async function open(name: string) {
  const golden = await TrainingGolden.open(name)
  const llm = await Decoder.load(golden.baseFolder, { trainable: golden.settings.adapter ? 'adapters' : 'all' })
  const adapter = golden.settings.adapter
    ? await llm.loadAdapter(golden.adapterFolder, { name: 'x', trainable: true })
    : undefined
  const trainee: Trainee = adapter ?? llm
  const how: AccumulateOptions = { objective: 'sft', dropout: 0, ...(adapter ? { adapter } : {}) }
  return { golden, llm, adapter, trainee, how, [Symbol.asyncDispose]: () => llm.dispose() }
}

/** An adapter's golden. */
export async function openAdapted(name: string) {
  const opened = await open(name)
  assert.ok(opened.adapter)
  return { ...opened, adapter: opened.adapter as Adapter }
}

export function near(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number, what: string) {
  assert.equal(got.length, want.length, what)
  for (let i = 0; i < want.length; i += 1) {
    const off = Math.abs((got[i] ?? Number.NaN) - (want[i] ?? Number.NaN))
    // Written so that NaN is refused.
    assert.ok(off <= tolerance, `${what}[${i}] is ${got[i]} and not ${want[i]}: off by ${off}, more than ${tolerance}`)
  }
}

export const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

/** @param tolerance of a tensor, by its wanted elements */
export function nearAll(got: Tensors, want: Tensors, tolerance: (want: Float32Array) => number) {
  assert.deepEqual(Object.keys(got).sort(), Object.keys(want).sort())
  for (const [name, { shape, data }] of Object.entries(want)) {
    assert.deepEqual(got[name]?.shape, shape, name)
    near(got[name]?.data ?? [], data, tolerance(data), name)
  }
}

export async function inFolder(body: (folder: string) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'xling-training-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
