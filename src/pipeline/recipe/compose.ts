// The stage that adds adapters up into new ones.
import { z } from 'zod'
import { adapterName } from './adapter-name.js'
import { adapterSum } from './adapter-sum.js'
import { choice, mapping, whole } from './fields.js'
import { modelSource } from './model-source.js'

const composed = mapping({
  sum: adapterSum.describe(
    "Adapters of this recipe's stage adapt by name, or folders, and their weights, any numbers: " +
      '{positive: 1, hausa: 0.5, english: -0.5}. The new one is asked as the first was.',
  ),
  rule: choice(['delta', 'factor-wise'])
    .describe('Adds up what the adapters add (default), or their factors each by themselves, as AdaMergeX does.')
    .exactOptional(),
  rank: whole({ from: 1, to: 65536 })
    .describe("Cuts each module's sum to its largest singular values; whole, 1 to 65536. Default: not at all.")
    .exactOptional(),
}).superRefine(({ rule, rank }, context) => {
  if (rule === 'factor-wise' && rank !== undefined)
    context.addIssue({ code: 'custom', path: ['rank'], message: "left out, as it is of the rule 'delta'" })
})

const adaptersText = 'a mapping of names to sums, one at least'

export const compose = mapping({
  model: modelSource.describe("What the adapters are on. Default: adapt's.").exactOptional(),
  adapters: z
    .record(adapterName, composed, { error: adaptersText })
    .superRefine((named, context) => {
      if (Object.keys(named).length === 0) context.addIssue(adaptersText)
    })
    .meta({ minProperties: 1, description: 'The new ones, by a name of your own, of ASCII letters, digits, _ and -.' }),
}).describe('Adds up adapters: a task and the difference of two languages, or any signed sum.')
