// An adapter on all linear layers, trained as the recipe trains it: a step is 8 rows and one micro-batch.
import { Decoder } from 'xling'
import { gemma, weightsPath } from '../generation/weights.js'
import { packed, pairsPath, readPairs } from './pairs.js'
import type { Step, TrainingRequest } from './request.js'

export const jobName = 'lora_step/gemma3-270m'

const settings: Omit<TrainingRequest, 'model' | 'padId'> = {
  rank: 8,
  alpha: 16,
  dropout: 0.05,
  targets: 'all-linear',
  clip: 0.3,
  weightDecay: 0,
  batchSize: 8,
  seed: 42,
}
const lr = 2e-4

export interface TrainingJob {
  readonly request: TrainingRequest
  /** Each of rows of its own. */
  readonly steps: readonly Step[]
  /** What we train on. */
  readonly isa: string
  readonly threads: number
}

/** Throws PeerAbsent without the weights or the pairs. */
export async function prepareJob(count: number): Promise<TrainingJob> {
  const model = weightsPath(gemma)
  const pairs = await readPairs(pairsPath(), count * settings.batchSize)
  await using decoder = await Decoder.load(model, { device: 'cpu' })
  const { tokenizer, device } = decoder
  const steps = Array.from({ length: count }, (_, i) => {
    const rows = pairs.slice(i * settings.batchSize, (i + 1) * settings.batchSize)
    return { ...packed(tokenizer, rows), lr, seed: i }
  })
  const { isa, threads } = device
  // Without a token for it any is as good: what is filled up is masked.
  return { request: { model, ...settings, padId: tokenizer.padId ?? 0 }, steps, isa, threads }
}
