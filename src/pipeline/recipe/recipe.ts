// All that a recipe says. A stage is declared in a file of its own and listed here, in the order in which stages run.
import { z } from 'zod'
import { adapt } from './adapt.js'
import { checkTogether } from './check-together.js'
import { compose } from './compose.js'
import { evaluate } from './evaluate.js'
import { choice, mapping, whole } from './fields.js'
import { merge } from './merge.js'
import { synthesize } from './synthesize.js'
import { trainEncoder } from './train-encoder.js'

const stages = {
  adapt: adapt.exactOptional(),
  compose: compose.exactOptional(),
  merge: merge.exactOptional(),
  synthesize: synthesize.exactOptional(),
  'train-encoder': trainEncoder.exactOptional(),
  evaluate: evaluate.exactOptional(),
}

const stageNames = Object.keys(stages) as (keyof typeof stages)[]

export const recipe = mapping({
  seed: whole({ from: 0 }).describe('Of every stage that has none of its own; whole, 0 or more.').default(42),
  device: choice(['auto', 'cpu', 'cuda'])
    .describe('Where to compute: auto is the best there is, cuda never falls back.')
    .default('auto'),
  ...stages,
})
  .superRefine((given, context) => {
    // A stage that is misspelt has been told of.
    if (context.issues.length === 0 && stageNames.every(name => given[name] === undefined))
      context.addIssue(`a mapping with one stage at least: ${stageNames.join(', ')}`)
    checkTogether(given, (path, message) => context.addIssue({ code: 'custom', path: [...path], message }))
  })
  .meta({ title: 'Recipe', description: 'What `xling run` does: the stages that are there, from the top.' })

export type Recipe = z.infer<typeof recipe>

/** For editors, which complete and check a recipe by it. */
export const recipeJsonSchema = () => z.toJSONSchema(recipe, { io: 'input', target: 'draft-07' })
