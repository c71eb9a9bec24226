// The stage that makes adapters part of a model's own weights.
import { adapterSum } from './adapter-sum.js'
import { choice, mapping } from './fields.js'
import { modelSource } from './model-source.js'

export const merge = mapping({
  model: modelSource.describe("A decoder or an encoder. Default: adapt's.").exactOptional(),
  sum: adapterSum.describe(
    'Adapters of this recipe by name, or folders, and their weights, any numbers: {hausa: 0.5, english: -0.5}.',
  ),
  dtype: choice(['bf16', 'f16', 'f32'])
    .describe('Of the weights that are written. Default: bf16 for a decoder, f32 for an encoder.')
    .exactOptional(),
}).describe(
  "Writes a model with adapters merged into its weights, as a folder in Hugging Face's layout, which the stage synthesize " +
    'then has for its own.',
)
