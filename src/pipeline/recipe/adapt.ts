// The stage that trains adapters on a decoder.
import { z } from 'zod'
import { XlingError } from '../../binding/errors.js'
import { templateIds } from '../../prompt/templates/index.js'
import type { Task } from '../../prompt/templates/template.js'
import { adapter } from './adapter.js'
import { adapterName } from './adapter-name.js'
import { dataSource } from './data-source.js'
import { choice, mapping, oneOf } from './fields.js'
import { modelSource } from './model-source.js'
import { quantize } from './quantize.js'
import { checkJudged, sftTraining } from './training.js'

const tasks = ['positive', 'negative'] as const satisfies readonly Task[]

const taskByName = (name: string): Task | undefined => tasks.find(task => task === name)

const evaluation = mapping({ data: dataSource }).describe('Held-out pairs, for the loss on them. Default: none.')

const namedAdapter = mapping({
  data: dataSource,
  task: choice(tasks)
    .describe('Whether it learns to write what follows from a sentence or what contradicts it. Default: its name.')
    .exactOptional(),
  evaluate: evaluation.exactOptional(),
})

const adaptersText = 'a mapping of names to adapters, one at least'

const adapters = z
  .record(adapterName, namedAdapter, { error: adaptersText })
  .superRefine((named, context) => {
    if (Object.keys(named).length === 0) context.addIssue(adaptersText)
    for (const [name, { task }] of Object.entries(named)) {
      const fits = task === undefined ? taskByName(name) !== undefined : (taskByName(name) ?? task) === task
      const message = task === undefined ? oneOf(tasks) : `'${name}' or left out, as the name says`
      if (!fits) context.addIssue({ code: 'custom', path: [name, 'task'], message })
    }
  })
  .meta({
    minProperties: 1,
    description: "By a name of your own, of ASCII letters, digits, _ and -; 'positive' and 'negative' name their task.",
  })

export const adapt = mapping({
  model: modelSource,
  quantize: quantize.exactOptional(),
  adapter: adapter.exactOptional(),
  template: choice(templateIds)
    .describe("Family of prompts, by its id. Default: of an instruction model its chat format's, else plain.")
    .exactOptional(),
  train: sftTraining.describe('Supervised fine-tuning, of each adapter alike.'),
  adapters,
})
  .superRefine(({ train, adapters }, context) =>
    checkJudged(
      train,
      Object.values(adapters).some(({ evaluate }) => evaluate !== undefined),
      context,
    ),
  )
  .describe('Trains LoRA adapters on a decoder.')

/** What an adapter of a recipe learns: by its key or, without one, by its name. */
export function taskOf(name: string, { task }: { readonly task?: Task }): Task {
  const named = task ?? taskByName(name)
  if (named === undefined) throw new XlingError('ERR_INTERNAL', `the adapter '${name}' of a recipe has no task`)
  return named
}
