// The stage that lets adapted decoders write triplets.
import { samplingRanges } from '../../model/generate/sampling.js'
import { templateIds } from '../../prompt/templates/index.js'
import { dataSource } from './data-source.js'
import { choice, mapping, number, text, whole } from './fields.js'
import { modelSource } from './model-source.js'
import { quantize } from './quantize.js'

const { repetitionPenalty, temperature, topK, topP, minP } = samplingRanges
const range = ({ min, max }: { min: number; max: number }) => number({ from: min, to: max })

const folder = text("an adapter's name in this recipe, or its folder")

export const synthesize = mapping({
  model: modelSource.exactOptional(),
  quantize: quantize.exactOptional(),
  adapters: mapping({
    positive: folder.describe('Writes what follows from a sentence.').default('positive'),
    negative: folder.describe('Writes what contradicts it.').default('negative'),
  })
    .describe("Names of adapters of this recipe, or folders in PEFT's form. Default: positive and negative.")
    .prefault({}),
  sentences: dataSource.describe('Sentences of the language that is to be learnt, one a row.'),
  template: choice(templateIds)
    .describe('Family of prompts, by its id. Default: the one that the adapters were trained with.')
    .exactOptional(),
  maxTokens: whole({ from: 1 }).describe('Of a prompt; longer sentences are cut. Default 512.').exactOptional(),
  maxNewTokens: whole({ from: 1 }).describe('Of an answer, 1 or more. Default 128.').exactOptional(),
  batchSize: whole({ from: 1, to: 4096 })
    .describe('Answers that are written together, 1 to 4096; it changes no result. Default 16.')
    .exactOptional(),
  temperature: range(temperature)
    .describe("Divides the logits; 0 takes the likeliest. Default: the model's own.")
    .exactOptional(),
  topK: whole({ from: topK.min, to: topK.max })
    .describe("Keeps the so many likeliest; 0: all. Default: the model's own.")
    .exactOptional(),
  topP: range(topP)
    .describe("Keeps the likeliest with this much probability. Default: the model's own.")
    .exactOptional(),
  minP: range(minP)
    .describe("Keeps what is this times as likely as the likeliest. Default: the model's own.")
    .exactOptional(),
  repetitionPenalty: range(repetitionPenalty)
    .describe("Makes ids that a row has less likely; 1: off. Default: the model's own.")
    .exactOptional(),
  filters: mapping({
    script: text('a script, as Latin, or any')
      .describe('Of the answers, by its name in Unicode, or any. Default Latin.')
      .exactOptional(),
    maxLengthRatio: number({ from: 1 })
      .describe("Of an answer's characters to the sentence's, or the reverse; 1 or more. Default 4.")
      .exactOptional(),
  })
    .describe('What is refused, besides what is empty, an echo or a duplicate.')
    .exactOptional(),
}).describe(
  "Lets the adapted decoder write a positive and a hard negative for each sentence. Without a model of its own it has merge's, " +
    "or adapt's.",
)
