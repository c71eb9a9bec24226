// Our side: an adapter beside the file's own quantised weights.
import { performance } from 'node:perf_hooks'
import { type Adapter, Decoder, version } from 'xling'
import type { Step, StepDone, Trainer, TrainingRequest } from './request.js'

export async function openOurTrainer(request: TrainingRequest): Promise<Trainer> {
  const { model, rank, alpha, dropout, targets, seed } = request
  const decoder = await Decoder.load(model, { device: 'cpu' })
  const adapter = decoder.addAdapter('trained', { rank, alpha, dropout, targets, seed })
  return {
    threads: decoder.device.threads,
    versions: { xling: version, node: process.versions.node },
    step: step => takeStep({ decoder, adapter }, request, step),
    trainable: async () => {
      const factors = Object.values(await adapter.parameters())
      return factors.reduce((sum, { data }) => sum + data.length, 0)
    },
    dispose: () => decoder.dispose(),
  }
}

interface Trained {
  readonly decoder: Decoder
  readonly adapter: Adapter
}

async function takeStep(
  { decoder, adapter }: Trained,
  { clip, weightDecay }: TrainingRequest,
  { ids, offsets, labels, lr, seed }: Step,
): Promise<StepDone> {
  const start = performance.now()
  const { loss, count } = await decoder.accumulate({ ids, offsets, labels }, { objective: 'sft', adapter, seed })
  const { gradNorm } = await decoder.step({ lr, clip, weightDecay })
  await decoder.zeroGrad()
  const seconds = (performance.now() - start) / 1000
  return { seconds, rows: offsets.length - 1, tokens: ids.length, labels: count, loss, gradNorm }
}
