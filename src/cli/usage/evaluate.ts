import { z } from 'zod'
import { type TaskId, tasks } from '../../eval/tasks/index.js'
import { dataPath } from '../../pipeline/recipe/data-source.js'
import { choice, mapping, text, whole } from '../../pipeline/recipe/fields.js'
import { modelSource } from '../../pipeline/recipe/model-source.js'
import { schemaFlags } from '../flags/schema-flags.js'
import type { Usage } from '../listed-commands.js'
import { UsageError } from '../usage-error.js'
import { adapterFolder, batchSize, device } from './fields.js'

const pairTasks = Object.keys(tasks) as TaskId[]
const places = 'places from the top, 1 to 1000'

const evaluateOptions = mapping({
  model: modelSource,
  adapter: adapterFolder,
  task: choice([...pairTasks, 'retrieval']).describe(
    'Scored pairs of sentences, by whose files they are, or documents to be found by queries.',
  ),
  data: dataPath.describe(
    "Scored pairs: CSV files as the task's authors publish them, a path or glob. Retrieval: a folder as BEIR has them. " +
      'Either: hf://datasets/….',
  ),
  limit: whole({ from: 1 })
    .describe('Of scored pairs: so many at most, 1 or more, from the beginning. Default: all.')
    .exactOptional(),
  prompt: text('a text')
    .describe("Of scored pairs: put before each sentence. Default: the model's own.")
    .exactOptional(),
  split: text("a split's name").describe('Of retrieval: whose judgements. Default: test.').exactOptional(),
  at: z
    .array(whole({ from: 1, to: 1000 }), { error: `a list of ${places}` })
    .min(1, { error: `a list of ${places}` })
    .describe('Of retrieval: of how many documents from the top each number is. Default: [10, 100].')
    .exactOptional(),
  queryPrompt: text('a text')
    .describe("Of retrieval: put before each query. Default: the model's own.")
    .exactOptional(),
  documentPrompt: text('a text')
    .describe("Of retrieval: put before each document. Default: the model's own.")
    .exactOptional(),
  batchSize: batchSize('Texts', 256),
  seed: whole({ from: 0 }).describe("Of the interval's resamples; whole, 0 or more. Default 0.").exactOptional(),
  device,
})

export type EvaluateFlags = z.output<typeof evaluateOptions>

const ofPairs = ['limit', 'prompt'] as const
const ofRetrieval = ['split', 'at', 'queryPrompt', 'documentPrompt'] as const

export const evaluateUsage: Usage = command => {
  const read = schemaFlags(command, evaluateOptions)
  command.option('--json', 'Prints it as JSON.').action(async given => {
    const options = read(given)
    for (const key of options.task === 'retrieval' ? ofPairs : ofRetrieval)
      if (options[key] !== undefined) throw new UsageError(`--${kebab(key)} means nothing to the task ${options.task}`)
    await (await import('../commands/evaluate.js')).evaluateCommand(options, given.json === true)
  })
}

const kebab = (key: string) => key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
