// Trains a sentence encoder, or an adapter on one.
import { join } from 'node:path'
import type { DataSource } from '../../data/source.js'
import { Encoder } from '../../model/encoder.js'
import { train } from '../../train/train.js'
import { dataIdentity, modelIdentity, scoringIdentity } from '../identity.js'
import { loggedSteps } from '../logged-steps.js'
import type { Recipe } from '../recipe/recipe.js'
import { checkpointsIn } from '../run-stage.js'
import { metricsOf, score, through } from '../score.js'
import type { Stage } from '../stage.js'
import { trainingOptions } from '../training-options.js'
import { tripletsFile } from './synthesize.js'

type TrainEncoder = NonNullable<Recipe['train-encoder']>

export function trainEncoderStages({ seed, device, 'train-encoder': given }: Recipe, root: string): Stage[] {
  if (!given) return []
  // A recipe without either was refused.
  const data = given.data ?? tripletsFile(root)
  return [trainEncoderStage({ ...given, data }, { device, seed: given.train.seed ?? seed })]
}

function trainEncoderStage(
  given: TrainEncoder & { data: DataSource },
  { device, seed }: Pick<Recipe, 'device' | 'seed'>,
): Stage {
  const { model, pooling, adapter: config, objective, data, evaluate: judging } = given
  return {
    id: 'train-encoder',
    seed,
    async inputs(signal) {
      return {
        ...{ model: await modelIdentity(model, signal), pooling, adapter: config, objective },
        ...{ train: { ...given.train, seed }, data: await dataIdentity(data, signal) },
        evaluate: judging && (await scoringIdentity(judging, signal)),
      }
    },
    async *work({ folder, signal }) {
      const aborted = signal ? { signal } : {}
      await using encoder = await Encoder.load(model, {
        ...{ device, trainable: config ? 'adapters' : 'all', ...aborted },
        ...(pooling && { pooling }),
      })
      const adapter = config && encoder.addAdapter('encoder', { ...config, seed })
      const judge = judging && (() => score(through(encoder, adapter), judging, signal))
      const before = await judge?.()
      const ended = yield* loggedSteps(
        folder,
        train(encoder, {
          ...{ objective, data, folder: checkpointsIn(folder) },
          ...trainingOptions(given.train, { seed, judged: judge !== undefined }),
          ...(adapter && { adapter }),
          ...(judge && { evaluate: async () => metricsOf(await judge()) }),
          ...aborted,
        }),
      )
      const output = adapter ? 'adapter' : 'encoder'
      await (adapter ?? encoder).save(join(folder, output))
      const results = { ...ended, ...(judge && { before, after: await judge() }) }
      return { device: encoder.device, output, results }
    },
  }
}
