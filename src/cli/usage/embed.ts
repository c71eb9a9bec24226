import { z } from 'zod'
import { sentencePoolings } from '../../model/sentence-transformers/setup.js'
import { dataSource } from '../../pipeline/recipe/data-source.js'
import { choice, mapping, truth, whole } from '../../pipeline/recipe/fields.js'
import { modelSource } from '../../pipeline/recipe/model-source.js'
import { schemaFlags } from '../flags/schema-flags.js'
import type { Usage } from '../listed-commands.js'
import { vectorFormats } from '../vector-formats.js'
import { adapterFolder, batchSize, device } from './fields.js'

const endings = Object.keys(vectorFormats)
const output = `a path that ends in ${endings.join(' or ')}`

const embedOptions = mapping({
  model: modelSource,
  data: dataSource.describe(
    'Sentences, a column `sentence` or `text`: CSV, TSV, JSONL or Parquet, by a path, a glob or an address ' +
      'hf://datasets/…; or text, one a line, in files that end in .txt.',
  ),
  output: z
    .string({ error: output })
    .refine(path => endings.some(ending => path.endsWith(ending)), { error: output })
    .describe(
      'Where the vectors go, in the order of the sentences: .npy is float32 [N, D] for numpy.load, .jsonl has an object ' +
        'with text and vector a line. It appears when it is whole.',
    ),
  adapter: adapterFolder,
  pooling: choice(sentencePoolings)
    .describe("How token vectors become a sentence's. Default: the model's own.")
    .exactOptional(),
  normalize: truth().describe("Scales vectors to length 1. Default: the model's own.").exactOptional(),
  maxTokens: whole({ from: 1 })
    .describe("Tokens of a sentence at most, special ones counted; longer ones are cut. Default: the model's own.")
    .exactOptional(),
  prompt: z
    .string()
    .describe('Text that is put before each sentence. Default: as --prompt-name has it.')
    .exactOptional(),
  promptName: z.string().describe("Or one of the model's, by its name. Default: the one it names.").exactOptional(),
  batchSize: batchSize('Sentences', 256),
  device,
}).superRefine(({ prompt, promptName }, context) => {
  if (prompt !== undefined && promptName !== undefined)
    context.addIssue({ code: 'custom', path: ['promptName'], message: 'left out, as --prompt is given' })
})

export type EmbedOptions = z.output<typeof embedOptions>

export const embedUsage: Usage = command => {
  const read = schemaFlags(command, embedOptions)
  command.action(async given => {
    const options = read(given)
    await (await import('../commands/embed.js')).embed(options)
  })
}
