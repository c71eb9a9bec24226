// A weighted sum of adapters in a recipe.
import { z } from 'zod'
import { number } from './fields.js'

const accepted = 'a mapping of adapters to weights, one at least'

export const adapterSum = z
  .record(z.string(), number(), { error: accepted })
  .superRefine((sum, context) => {
    if (Object.keys(sum).length === 0) context.addIssue(accepted)
    if (Object.hasOwn(sum, '')) context.addIssue("a mapping whose keys are adapters' names or folders")
  })
  .meta({ minProperties: 1 })
