// An adapter's shape in a recipe: AdapterConfig, but for the seed, which is the training's.
import { z } from 'zod'
import { expression, mapping, number, text, truth, whole } from './fields.js'

const rank = whole({ from: 1, to: 65536 })
const alpha = number({ above: 0 })

const targetsText = "'all-linear', a regular expression or a list of modules' names, one at least"

const pattern = <V extends z.ZodNumber>(value: V) =>
  z.record(expression(), value, { error: 'a mapping of regular expressions to numbers' })

export const adapter = mapping({
  rank: rank.describe('Of the two factors beside a weight; whole, 1 to 65536. Default 8.').exactOptional(),
  alpha: alpha.describe('What is added is scaled by alpha / rank; above 0. Default 8.').exactOptional(),
  dropout: number({ from: 0, below: 1 })
    .describe("Chance by which one of the adapter's inputs is zeroed in training, 0 to below 1. Default 0.")
    .exactOptional(),
  targets: z
    .union(
      [
        expression(targetsText),
        z.array(text("a module's name"), { error: targetsText }).min(1, { error: targetsText }),
      ],
      {
        error: targetsText,
      },
    )
    .describe(
      "The linear modules that are adapted: 'all-linear' (default), a list of names or their ends, or a regular " +
        'expression for whole names.',
    )
    .exactOptional(),
  rankPattern: pattern(rank)
    .describe("Ranks that differ, by a regular expression for the end of a module's name. Default: none.")
    .exactOptional(),
  alphaPattern: pattern(alpha).describe('The same for alpha. Default: none.').exactOptional(),
  rsLora: truth().describe('Scales by alpha / √rank (rsLoRA) instead. Default false.').exactOptional(),
}).meta({ id: 'adapter', description: 'A low-rank adapter (LoRA).' })
