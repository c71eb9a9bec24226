// Contrastive training of all weights of a real encoder, beside sentence-transformers: a step is 64 triplets as they come,
// not sorted by length.
import { Encoder } from 'xling'
import { sentenceTransformers } from '../peers/sentence-transformers.js'
import type { StepsRow } from '../training/measure-steps.js'
import { rowsPerSecond } from '../units.js'
import { minilmFolder } from './minilm.js'
import { type ContrastiveRequest, openOurContrastiveTrainer, type TripletStep } from './our-contrastive-trainer.js'
import { readTriplets, stacked, tripletFiles } from './triplets.js'

const batchSize = 64
const maxTokens = 32

export const contrastiveSteps: StepsRow<ContrastiveRequest, TripletStep> = {
  name: 'contrastive_step/minilm/sentence-transformers',
  unit: rowsPerSecond,
  peer: sentenceTransformers,
  open: openOurContrastiveTrainer,
  agreement: [
    // Without dropout both compute the same thing; f32 sums in another order differ by 1e-6 or so.
    { step: 0, key: 'loss', what: 'loss', within: 1e-5 },
    { step: 0, key: 'gradNorm', what: "gradients' norm", within: 1e-4 },
    // Each side's own draws of dropout move it by a percent or so.
    { step: 1, key: 'loss', what: 'loss', within: 0.1 },
  ],
  async prepare(count) {
    const model = minilmFolder()
    const triplets = await readTriplets(tripletFiles(), count * batchSize)
    await using encoder = await Encoder.load(model, { device: 'cpu' })
    const { tokenizer, device } = encoder
    const steps = Array.from({ length: count }, (_, i) => {
      const rows = triplets.slice(i * batchSize, (i + 1) * batchSize)
      // The first one shows that both sides do the same work.
      return { ...stacked(tokenizer, rows, maxTokens), lr: 2e-5, seed: i, drops: i > 0 }
    })
    const request = { model, batchSize, temperature: 0.05, clip: 1, weightDecay: 0, padId: tokenizer.padId ?? 0 }
    return { request, steps, isa: device.isa }
  },
}
