// Trains a sentence encoder, or an adapter on one.
import { join } from 'node:path'
import { evaluate, type Scores, type SentenceEncoder } from '../../eval/evaluate.js'
import type { Adapter } from '../../model/adapter.js'
import { Encoder } from '../../model/encoder.js'
import { train } from '../../train/train.js'
import { dataIdentity, modelIdentity } from '../identity.js'
import { loggedSteps } from '../logged-steps.js'
import type { Recipe } from '../recipe/recipe.js'
import { checkpointsIn } from '../run-stage.js'
import type { Stage } from '../stage.js'
import { trainingOptions } from '../training-options.js'

type TrainEncoder = NonNullable<Recipe['train-encoder']>

export function trainEncoderStages({ seed, device, 'train-encoder': given }: Recipe): Stage[] {
  return given ? [trainEncoderStage(given, { device, seed: given.train.seed ?? seed })] : []
}

function trainEncoderStage(given: TrainEncoder, { device, seed }: Pick<Recipe, 'device' | 'seed'>): Stage {
  const { model, pooling, adapter: config, objective, data, evaluate: judging } = given
  return {
    id: 'train-encoder',
    seed,
    async inputs(signal) {
      return {
        ...{ model: await modelIdentity(model, signal), pooling, adapter: config, objective },
        ...{ train: { ...given.train, seed }, data: await dataIdentity(data, signal) },
        evaluate: judging && { task: judging.task, data: await dataIdentity(judging.data, signal) },
      }
    },
    async *work({ folder, signal }) {
      const aborted = signal ? { signal } : {}
      await using encoder = await Encoder.load(model, {
        ...{ device, trainable: config ? 'adapters' : 'all', ...aborted },
        ...(pooling && { pooling }),
      })
      const adapter = config && encoder.addAdapter('encoder', { ...config, seed })
      const judge = judging && (() => scores(through(encoder, adapter), judging, signal))
      const before = await judge?.()
      const ended = yield* loggedSteps(
        folder,
        train(encoder, {
          ...{ objective, data, folder: checkpointsIn(folder) },
          ...trainingOptions(given.train, { seed, judged: judge !== undefined }),
          ...(adapter && { adapter }),
          ...(judge && { evaluate: async () => ({ spearman: (await judge()).spearman }) }),
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

function through(encoder: Encoder, adapter: Adapter | undefined): SentenceEncoder {
  if (!adapter) return encoder
  return { dimension: encoder.dimension, encode: (texts, options) => encoder.encode(texts, { ...options, adapter }) }
}

/** Without the place of the file, which is no result. */
async function scores(
  encoder: SentenceEncoder,
  { task, data }: NonNullable<TrainEncoder['evaluate']>,
  signal: AbortSignal | undefined,
): Promise<Scores> {
  const { spearman, interval, n } = await evaluate(encoder, { task, data, ...(signal && { signal }) })
  return { spearman, interval, n }
}
