// Trains one LoRA adapter on a decoder.
import { join } from 'node:path'
import { Decoder } from '../../model/decoder.js'
import { type TemplateId, templates } from '../../prompt/templates/index.js'
import type { Task } from '../../prompt/templates/template.js'
import { heldOutLoss } from '../../train/held-out.js'
import { train } from '../../train/train.js'
import { dataIdentity, modelIdentity } from '../identity.js'
import { loggedSteps } from '../logged-steps.js'
import { taskOf } from '../recipe/adapt.js'
import type { Recipe } from '../recipe/recipe.js'
import { checkpointsIn } from '../run-stage.js'
import type { Stage } from '../stage.js'
import { trainingOptions } from '../training-options.js'

type Adapt = NonNullable<Recipe['adapt']>

/** A stage for each adapter: they have nothing in common but the base. */
export function adaptStages({ seed, device, adapt }: Recipe): Stage[] {
  if (!adapt) return []
  const common = { ...adapt, device, seed: adapt.train.seed ?? seed }
  return Object.entries(adapt.adapters).map(([name, own]) => adaptStage(name, own, common))
}

function adaptStage(
  name: string,
  own: Adapt['adapters'][string],
  { device, seed, ...adapt }: Adapt & Pick<Recipe, 'device' | 'seed'>,
): Stage {
  const { model, quantize, template, adapter: config = {} } = adapt
  const { data, evaluate } = own
  const task = taskOf(name, own)
  const asked = { task, ...(template && { template }) }
  return {
    id: `adapt/${name}`,
    seed,
    async inputs(signal) {
      return {
        ...{ model: await modelIdentity(model, signal), quantize, task, template: mayBeAsked(template, task) },
        ...{ adapter: config, train: { ...adapt.train, seed }, data: await dataIdentity(data, signal) },
        evaluate: evaluate && { data: await dataIdentity(evaluate.data, signal) },
      }
    },
    async *work({ folder, signal }) {
      const aborted = signal ? { signal } : {}
      await using llm = await Decoder.load(model, { device, ...(quantize && { quantize }), ...aborted })
      const adapter = llm.addAdapter(name, { ...config, seed })
      const { maxTokens = 512 } = adapt.train
      const judge = evaluate && (() => heldOutLoss(llm, { ...evaluate, adapter, ...asked, maxTokens, ...aborted }))
      const before = await judge?.()
      const ended = yield* loggedSteps(
        folder,
        train(llm, {
          ...{ objective: 'sft', data, adapter, ...asked, folder: checkpointsIn(folder) },
          ...trainingOptions(adapt.train, { seed, judged: judge !== undefined }),
          ...(judge && { evaluate: judge }),
          ...aborted,
        }),
      )
      await adapter.save(join(folder, 'adapter'))
      const results = { ...ended, ...(judge && { before, after: await judge() }) }
      return { device: llm.device, output: 'adapter', results }
    },
  }
}

/** The templates that a task may be asked by: which of them it is without one follows from the model. */
function mayBeAsked(template: TemplateId | undefined, task: Task) {
  return template ? templates[template][task] : Object.values(templates).map(family => family[task])
}
