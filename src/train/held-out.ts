// The loss of answers that were not trained on.
import { XlingError } from '../binding/errors.js'
import { checkChoice, checkOptions } from '../binding/options.js'
import { readExamples } from '../data/read-examples.js'
import type { DataSource } from '../data/source.js'
import type { Adapter } from '../model/adapter.js'
import type { Decoder } from '../model/decoder.js'
import { templateIds } from '../prompt/templates/index.js'
import { type SftOptions, sft, sftRows } from './objectives/sft.js'

export interface HeldOutOptions extends SftOptions {
  readonly data: DataSource
  readonly adapter?: Adapter
  /** Of prompt and answer together; default 512. */
  readonly maxTokens?: number
  readonly signal?: AbortSignal
}

/**
 * The mean of -log p over the tokens of all answers, as the objective `'sft'` counts them, without dropout.
 * @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`, what reading the data does, `ERR_PROMPT_TOO_LONG`,
 * `ERR_WEIGHTS_MISMATCH` for an adapter that was trained with another template than there is by its id; the signal's
 * reason
 */
export async function heldOutLoss(llm: Decoder, options: HeldOutOptions): Promise<{ loss: number }> {
  checkOptions('heldOutLoss', options, ['data', 'adapter', 'template', 'task', 'maxTokens', 'signal'])
  const { data, adapter, template, task, signal } = options
  checkChoice('heldOutLoss: template', template, [...templateIds, undefined])
  const where = 'heldOutLoss: data'
  const { examples } = await readExamples(data, { kinds: sft.kinds, where, ...(task && { task }), signal })
  let [sum, count] = [0, 0]
  const { rows } = await sftRows(llm.tokenizer, examples, options)
  for (const { ids, labels } of rows) {
    const answer = labels.filter(label => label !== -100).length
    const given = { ...(adapter && { adapter }), ...(signal && { signal }) }
    sum += answer * (await llm.loss(ids, labels, given))
    count += answer
  }
  if (!Number.isFinite(sum)) throw new XlingError('ERR_NON_FINITE', `heldOutLoss: the loss is ${sum / count}`)
  return { loss: sum / count }
}
