import { evaluate, type SentenceEncoder } from '../../eval/evaluate.js'
import { retrievalControl } from '../../eval/retrieval/retrieval.js'
import { scoredPairsControl } from '../../eval/scored-pairs.js'
import { Encoder } from '../../model/encoder.js'
import { through } from '../../pipeline/score.js'
import { interruptible } from '../interruption.js'
import { rowsOf } from '../rows.js'
import type { EvaluateFlags } from '../usage/evaluate.js'

/** `xling evaluate` */
export async function evaluateCommand(options: EvaluateFlags, json: boolean): Promise<void> {
  const { model, adapter: folder, device, ...asked } = options
  await interruptible('nothing is known of the model yet', async signal => {
    // What takes no model is for nothing: what a model is worth is beyond that.
    const control = await controlOf(asked, signal)
    await using encoder = await Encoder.load(model, { device, trainable: 'adapters', signal })
    const adapter = folder === undefined ? undefined : await encoder.loadAdapter(folder, { signal })
    const result = await resultOf(through(encoder, adapter), asked, signal)
    const said = { ...result, ...control }
    console.log(json ? JSON.stringify(said) : rowsOf(said))
  })
}

type Asked = Omit<EvaluateFlags, 'model' | 'adapter' | 'device'>

function resultOf(encoder: SentenceEncoder, { task, ...asked }: Asked, signal: AbortSignal) {
  return task === 'retrieval'
    ? evaluate(encoder, { task, ...asked, signal })
    : evaluate(encoder, { task, ...asked, signal })
}

/** By its name. */
async function controlOf({ task, data, limit, split, at, seed }: Asked, signal: AbortSignal) {
  const common = { data, signal, ...(seed !== undefined && { seed }) }
  if (task === 'retrieval') {
    const asked = { ...common, ...(split !== undefined && { split }), ...(at !== undefined && { at }) }
    return { bm25: await retrievalControl(asked) }
  }
  const overlap = await scoredPairsControl({ task, ...common, ...(limit !== undefined && { limit }) })
  return { wordOverlap: overlap ?? 'tells nothing: it is the same for all pairs' }
}
