// The stage that says what was gained.
import { z } from 'zod'
import { mapping, text } from './fields.js'
import { modelSource } from './model-source.js'
import { scoring } from './scoring.js'

const sets = z
  .record(text("a set's name"), scoring, { error: 'a mapping of names to sets, one at least' })
  .refine(named => Object.keys(named).length > 0, { error: 'a mapping of names to sets, one at least' })
  .meta({ minProperties: 1, description: 'What is scored, by a name of your own: hau, afr, ….' })

export const evaluate = mapping({
  model: modelSource
    .describe("The encoder. Default: train-encoder's, beside the one that it began with.")
    .exactOptional(),
  sets,
}).describe('Scores the encoder, beside the untouched one and a control that no model makes.')
