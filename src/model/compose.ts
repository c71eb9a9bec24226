import { rankRange } from '../adapter/adapter-config.js'
import { type ComposeRule, composedConfig, composedModules, shownSum, termsThatCount } from '../adapter/algebra.js'
import { XlingError } from '../binding/errors.js'
import { native } from '../binding/load.js'
import { checkChoice, checkOptions } from '../binding/options.js'
import { type Adapter, livePartsOf } from './adapter.js'
import { type AdapterSum, weighted } from './adapter-sum.js'

export interface ComposeOptions {
  /**
   * `'delta'` (default): what the adapters add is added up, weight · scale · B·A, exactly. `'factor-wise'`: A's and B's are
   * added up each by themselves, as AdaMergeX does (Zhao et al. 2024, arXiv 2402.18913); ranks must be equal.
   */
  rule?: ComposeRule
  /**
   * The most that a module has: where the sum has more it is cut to its largest singular values, the nearest of that rank
   * (Eckart and Young 1936). Whole, 1 to 65536; of `'delta'` only. Default: the sum of the terms' ranks, which is exact.
   */
  rank?: number
  /** Of the new adapter, free among its model's. Default: the sum as text, `positive + 0.5·hausa - 0.5·english`. */
  name?: string
}

/**
 * Adds up adapters of one model into a new one: task + λ · (language - English), or any other signed sum. Weights are never
 * normalised, and scales (alpha, rsLoRA) are folded in before. Under `'delta'` weight 1 gives the adapter itself, -1 its
 * opposite, and weight 0 leaves a term out. Terms may adapt different modules. The new adapter has scale 1, can be trained
 * and saved, does not depend on its terms any more, and is asked as the first of them was.
 *
 * It is computed on the device's worker, behind the calls made before it: whoever uses the adapter waits for it.
 * @throws XlingError `ERR_INVALID_ARGUMENT` for terms of several models, a weight that is not finite, a rank, a name that is
 * taken; `ERR_UNKNOWN_OPTION`, `ERR_DISPOSED`; what the new adapter is used for throws `ERR_OUT_OF_MEMORY`, and `ERR_NON_FINITE`
 * where weights are so large that f32 ends
 */
export function compose(terms: Exclude<AdapterSum, Adapter>, options: ComposeOptions = {}): Adapter {
  const where = 'adapters.compose'
  checkOptions(where, options, ['rule', 'rank', 'name'])
  const { rule = 'delta', rank } = options
  checkChoice(`${where}: rule`, rule, ['delta', 'factor-wise'])
  if (!Array.isArray(terms))
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: give a list of pairs, [adapter, weight]`)
  if (rank !== undefined && !rankRange.has(rank))
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: rank is ${rank} but must be ${rankRange.text}`)
  if (rank !== undefined && rule !== 'delta')
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: rank is of the rule 'delta'; leave it out`)
  const given = weighted(where, terms).map(([adapter, weight], i) => {
    const parts = livePartsOf(`${where}: terms[${i}]`, adapter)
    return { adapter, weight, name: adapter.name, parts, adapted: parts.adapted }
  })
  const [first] = given as [(typeof given)[0]]
  const { base } = first.parts
  const stranger = given.find(({ parts }) => parts.base.model !== base.model)
  if (stranger)
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `${where}: '${stranger.name}' is an adapter of another model than '${first.name}'; load all on one`,
    )
  const counting = termsThatCount(given)
  const adapted = composedModules({ terms: counting, rule, rank }, base.modules)
  const config = composedConfig(adapted, base.modules, first.adapter.config.dropout)
  const { name = shownSum(given) } = options
  const sum = counting.map(({ parts, weight }) => ({ adapter: parts.handle, weight }))
  return base.add(where, name, config, {
    ...{ adapted, trainable: true, prompting: first.adapter.prompting },
    fill: handle => native.composeAdapter(handle, adapted, sum, rule),
  })
}
