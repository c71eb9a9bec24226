// The stage that trains a sentence encoder.
import { z } from 'zod'
import { sentencePoolings } from '../../model/sentence-transformers/setup.js'
import { adapter } from './adapter.js'
import { dataSource } from './data-source.js'
import { choice, mapping, oneOf } from './fields.js'
import { modelSource } from './model-source.js'
import { scoring } from './scoring.js'
import { checkJudged, contrastiveTraining, maskedLmTraining } from './training.js'

const evaluation = scoring.describe('What tells which weights are best. Default: nothing, the last are kept.')

const common = {
  model: modelSource,
  pooling: choice(sentencePoolings)
    .describe("How token vectors become a sentence's. Default: the model's own.")
    .exactOptional(),
  adapter: adapter.describe('Trains a LoRA adapter instead of all weights. Default: all weights.').exactOptional(),
  data: dataSource.describe("What to learn from. Default: synthesize's triplets.").exactOptional(),
  evaluate: evaluation.exactOptional(),
}

const objectives = ['contrastive', 'masked-lm'] as const

const objective = <T extends (typeof objectives)[number]>(id: T) =>
  z.literal(id).describe('What to learn from: triplets or pairs (contrastive, default), or sentences (masked-lm).')

const contrastive = mapping({
  ...common,
  objective: objective('contrastive').default('contrastive'),
  train: contrastiveTraining,
})

const maskedLm = mapping({ ...common, objective: objective('masked-lm'), train: maskedLmTraining })

export const trainEncoder = z
  .discriminatedUnion('objective', [contrastive, maskedLm], {
    error: ({ code, input }) =>
      code === 'invalid_union' ? oneOf(objectives, Object(input).objective) : 'a mapping with model, data and train',
  })
  .superRefine(({ train, evaluate }, context) => checkJudged(train, evaluate !== undefined, context))
  .describe('Trains a sentence encoder.')
