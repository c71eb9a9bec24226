// A model with an adapter that trains, to be misused.
import assert from 'node:assert/strict'
import { type Adapter, Decoder } from 'xling'
import { TrainingGolden } from '../golden/training/training-golden.js'

export const lora = await TrainingGolden.open('lora-llama')
export const batch = lora.batch(0)

/** A model that can be misused, and an adapter of it that trains; after all of the misuse both still work. */
export async function abused(body: (llm: Decoder, adapter: Adapter) => Promise<void>) {
  await using llm = await Decoder.load(lora.baseFolder)
  const adapter = await llm.loadAdapter(lora.adapterFolder, { name: 'x', trainable: true })
  const before = await adapter.parameters()
  await body(llm, adapter)
  assert.deepEqual(await adapter.parameters(), before)
  await llm.zeroGrad()
  const { loss } = await llm.accumulate(batch, { objective: 'sft', adapter, dropout: 0 })
  assert.ok(Math.abs(loss - (lora.read('loss')[0] ?? Number.NaN)) <= lora.tolerance('loss'))
}
