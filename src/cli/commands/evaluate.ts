import { resolveFiles } from '../../data/source.js'
import { wordOverlap } from '../../eval/controls/word-overlap.js'
import { evaluate, evaluateScores, type Scores, type SentenceEncoder } from '../../eval/evaluate.js'
import { tasks } from '../../eval/tasks/index.js'
import { readPairs, type ScoredPair } from '../../eval/tasks/task.js'
import type { Adapter } from '../../model/adapter.js'
import { Encoder } from '../../model/encoder.js'
import { interruptible } from '../interruption.js'
import { rowsOf } from '../rows.js'
import type { EvaluateFlags } from '../usage/evaluate.js'

/** `xling evaluate` */
export async function evaluateCommand(options: EvaluateFlags, json: boolean): Promise<void> {
  const { model, adapter: folder, device, ...asked } = options
  await interruptible('nothing is known of the model yet', async signal => {
    // Words that two sentences have in common are for nothing: what a model is worth is beyond that.
    const control = await overlapControl(asked, signal)
    await using encoder = await Encoder.load(model, { device, trainable: 'adapters', signal })
    const adapter = folder === undefined ? undefined : await encoder.loadAdapter(folder, { signal })
    const result = await evaluate(through(encoder, adapter), { ...asked, signal })
    const said = { ...result, wordOverlap: control }
    console.log(json ? JSON.stringify(said) : rowsOf(said))
  })
}

function through(encoder: Encoder, adapter: Adapter | undefined): SentenceEncoder {
  if (!adapter) return encoder
  return { dimension: encoder.dimension, encode: (texts, options) => encoder.encode(texts, { ...options, adapter }) }
}

async function overlapControl(
  { task, data, limit = Number.POSITIVE_INFINITY, seed }: Pick<EvaluateFlags, 'task' | 'data' | 'limit' | 'seed'>,
  signal: AbortSignal,
): Promise<Scores | string> {
  const pairs: ScoredPair[] = []
  for (const file of await resolveFiles(data, { signal })) {
    const left = limit - pairs.length
    if (left < 1) break
    pairs.push(...(await readPairs(tasks[task], file, Number.isFinite(left) ? { limit: left } : {})))
  }
  const overlaps = wordOverlap(pairs)
  // As of two languages that share no word.
  if (overlaps.every(overlap => overlap === overlaps[0])) return 'tells nothing: it is the same for all pairs'
  return evaluateScores(pairs, overlaps, seed === undefined ? {} : { seed })
}
