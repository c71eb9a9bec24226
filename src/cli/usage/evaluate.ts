import type { z } from 'zod'
import { type TaskId, tasks } from '../../eval/tasks/index.js'
import { dataPath } from '../../pipeline/recipe/data-source.js'
import { choice, mapping, text, whole } from '../../pipeline/recipe/fields.js'
import { modelSource } from '../../pipeline/recipe/model-source.js'
import { schemaFlags } from '../flags/schema-flags.js'
import type { Usage } from '../listed-commands.js'
import { adapterFolder, batchSize, device } from './fields.js'

const evaluateOptions = mapping({
  model: modelSource,
  adapter: adapterFolder,
  task: choice(Object.keys(tasks) as TaskId[]).describe(
    "Whose files the data are, and on which scale people's scores.",
  ),
  data: dataPath.describe("CSV files as the task's authors publish them: a path, a glob, or hf://datasets/…"),
  limit: whole({ from: 1 }).describe('Pairs at most, 1 or more, from the beginning. Default: all.').exactOptional(),
  prompt: text('a text').describe("Put before each sentence. Default: the model's own.").exactOptional(),
  batchSize: batchSize('Sentences', 256),
  seed: whole({ from: 0 }).describe("Of the interval's resamples; whole, 0 or more. Default 0.").exactOptional(),
  device,
})

export type EvaluateFlags = z.output<typeof evaluateOptions>

export const evaluateUsage: Usage = command => {
  const read = schemaFlags(command, evaluateOptions)
  command.option('--json', 'Prints it as JSON.').action(async given => {
    const options = read(given)
    await (await import('../commands/evaluate.js')).evaluateCommand(options, given.json === true)
  })
}
