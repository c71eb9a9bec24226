// A sum of adapters on real weights: PEFT loads it, and transformers loads the model that it was merged into.
import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Adapter, adapters, Decoder } from 'xling'
import { Golden } from '../golden/safetensors.js'
import { prompts } from './prompts.js'
import { runScript, scratch } from './python.js'

const scripts = fileURLToPath(new URL('./test/real/', import.meta.resolve('xling/package.json')))

// Sums in another order err otherwise, and by about as much: eight times what transformers' own f32 errs by.
const tolerances = 8

/** @returns a line that says what was found */
export async function mergeSum(name: string): Promise<string> {
  const [models, folder] = [join(scratch, 'models'), join(scratch, 'merged')]
  await rm(folder, { recursive: true, force: true })
  await mkdir(models, { recursive: true })
  await runScript(join(scripts, 'put_weights.py'), [models])
  const model = join(models, name)
  await using llm = await Decoder.load(model, { device: 'cpu' })
  const first = await filled(llm.addAdapter('first', { rank: 8, alpha: 16 }), 1)
  const second = await filled(
    llm.addAdapter('second', { rank: 4, alpha: 6, rsLora: true, targets: ['q_proj', 'v_proj'] }),
    2,
  )
  const sum = adapters.compose([
    [first, 1],
    [second, -0.5],
  ])
  await Promise.all([first.save(join(folder, 'first')), second.save(join(folder, 'second'))])
  await sum.save(join(folder, 'sum'))
  await llm.save(join(folder, 'merged'), { dtype: 'f32', merge: sum })

  const rows = prompts.slice(0, 6).map(text => llm.tokenizer.encode(text))
  const [asked, answered] = [join(folder, 'prompts.json'), join(folder, 'reference.safetensors')]
  await writeFile(asked, JSON.stringify(rows.map(ids => [...ids])))
  await runScript(join(scripts, 'reference_merged.py'), [model, folder, asked, answered])
  const reference = await Golden.openFile(answered)
  await using merged = await Decoder.load(join(folder, 'merged'), { device: 'cpu' })
  const tolerance = tolerances * (reference.read('error', 'F32')[0] ?? 0)
  const worst = { sum: 0, merged: 0, own: 0, plain: 0 }
  for (const [i, ids] of rows.entries()) {
    const [beside, within, plain] = [
      await llm.logits(ids, { adapter: sum }),
      await merged.logits(ids),
      await llm.logits(ids),
    ]
    const of = (kind: string) => reference.read(`${kind}.${i}`, 'F32')
    worst.sum = Math.max(worst.sum, distance(beside, of('sum')))
    worst.merged = Math.max(worst.merged, distance(within, of('merged')))
    worst.own = Math.max(worst.own, distance(beside, of('own')), distance(within, of('own')))
    worst.plain = Math.max(worst.plain, distance(plain, of('own')))
  }
  for (const kind of ['sum', 'merged', 'own'] as const)
    assert.ok(worst[kind] <= tolerance, `${kind}: a logit is off by ${worst[kind]}, more than ${tolerance}`)
  // The adapters do something.
  assert.ok(worst.plain > 100 * tolerance, `without the sum logits are off by ${worst.plain} alone`)
  const changed = await llm.merge(sum)
  const storages = changed.map(({ from, to, matrices }) => (from === to ? '' : `${matrices} of ${from} became ${to}`))
  const shown = (value: number) => value.toExponential(1)
  return (
    `PEFT loads the sum: logits off by ${shown(worst.sum)}; transformers loads the merged folder: ${shown(worst.merged)}; ` +
    `both beside PEFT's own sum: ${shown(worst.own)} (tolerance ${shown(tolerance)}, without the sum ${shown(worst.plain)}); ` +
    `merged in memory, ${storages.filter(one => one !== '').join(', ')} (${llm.device.isa})`
  )
}

/** Factors of which none is zero, small enough that the model goes on making sense. */
async function filled(adapter: Adapter, seed: number): Promise<Adapter> {
  const factors = Object.entries(await adapter.parameters()).map(([name, { shape, data }], i) => [
    name,
    { shape, data: data.map((_, at) => 0.02 * Math.sin(seed * 1000 + i * 17 + at * 1.37)) },
  ])
  await adapter.setParameters(Object.fromEntries(factors))
  return adapter
}

function distance(ours: Float32Array, theirs: Float32Array): number {
  assert.equal(ours.length, theirs.length)
  return ours.reduce((most, value, id) => Math.max(most, Math.abs(value - (theirs[id] ?? Number.NaN))), 0)
}
