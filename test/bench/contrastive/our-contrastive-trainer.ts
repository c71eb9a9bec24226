// Our side of contrastive steps.
import { performance } from 'node:perf_hooks'
import { Encoder, type PackedRows, version } from 'xling'
import type { PackedStep, StepDone, Trainer } from '../training/request.js'

export interface ContrastiveRequest {
  /** A folder of sentence-transformers; it stays as it is. */
  readonly model: string
  /** Triplets of a step. */
  readonly batchSize: number
  readonly temperature: number
  readonly clip: number
  readonly weightDecay: number
  readonly padId: number
}

/** Rows are anchors, positives, hard negatives, as many of each. */
export interface TripletStep extends PackedStep {
  /** Whether dropout is on, at the model's own rates. */
  readonly drops: boolean
}

export async function openOurContrastiveTrainer(request: ContrastiveRequest): Promise<Trainer<TripletStep>> {
  const encoder = await Encoder.load(request.model, { device: 'cpu' })
  return {
    threads: encoder.device.threads,
    versions: { xling: version, node: process.versions.node },
    step: step => takeStep(encoder, request, step),
    trainable: async () => {
      const own = Object.entries(await encoder.parameters())
      // Nothing comes down to a pooler that is not used.
      return own.reduce((sum, [name, { data }]) => (name.startsWith('pooler.') ? sum : sum + data.length), 0)
    },
    dispose: () => encoder.dispose(),
  }
}

async function takeStep(
  encoder: Encoder,
  { batchSize, temperature, clip, weightDecay }: ContrastiveRequest,
  { ids, offsets, lr, seed, drops }: TripletStep,
): Promise<StepDone> {
  const start = performance.now()
  const block = (at: number): PackedRows => {
    const cut = offsets.subarray(at * batchSize, (at + 1) * batchSize + 1)
    const [begin = 0] = cut
    return { ids: ids.subarray(begin, cut.at(-1)), offsets: cut.map(offset => offset - begin) }
  }
  const batch = { anchors: block(0), positives: block(1), negatives: block(2) }
  const options = { objective: 'contrastive', temperature, seed, ...(drops ? {} : { dropout: 0 }) } as const
  const { loss, count } = await encoder.accumulate(batch, options)
  const { gradNorm } = await encoder.step({ lr, clip, weightDecay })
  await encoder.zeroGrad()
  const seconds = (performance.now() - start) / 1000
  return { seconds, rows: offsets.length - 1, tokens: ids.length, labels: count, loss, gradNorm }
}
