// The module Pooling: how tokens' vectors become one.
import { XlingError } from '../../binding/errors.js'
import { shown } from '../../files/json-object.js'
import { readModuleConfig } from './module-config.js'

/** `'cls'` is the first token. */
export type TokenPooling = 'cls' | 'mean' | 'max'

const modes: readonly TokenPooling[] = ['cls', 'mean', 'max']

// One boolean for each mode, where a newer file has `pooling_mode`.
const oldKeys = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_max_tokens: 'max',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean_sqrt_len_tokens',
  pooling_mode_weightedmean_tokens: 'weightedmean',
  pooling_mode_lasttoken: 'lasttoken',
}

/**
 * @param hiddenSize of the model: what the module must be for
 * @throws XlingError `ERR_UNSUPPORTED_FILE` for a mode that xling does not have, several at once, or prompts left out;
 * `ERR_INVALID_CONFIG`, `ERR_MALFORMED_FILE`, `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`
 */
export async function readPooling(folder: string, hiddenSize: number): Promise<TokenPooling> {
  const { file, values, config } = await readModuleConfig(folder)
  const refuse = (what: string): never => {
    throw new XlingError('ERR_UNSUPPORTED_FILE', `${file}: ${what}; xling pools by one of '${modes.join("', '")}'`)
  }
  const dimension = config.has('embedding_dimension') ? 'embedding_dimension' : 'word_embedding_dimension'
  if (values[dimension] !== hiddenSize) config.refuse(dimension, `${hiddenSize}, the width of the model`)
  if (!config.boolean('include_prompt', true))
    throw new XlingError('ERR_UNSUPPORTED_FILE', `${file}: include_prompt is false, but xling pools all tokens`)
  const given = config.has('pooling_mode')
    ? [values.pooling_mode].flat()
    : Object.entries(oldKeys).flatMap(([key, mode]) => (config.boolean(key, false) ? [mode] : []))
  // sentence-transformers takes the mean where nothing is said.
  const [mode = 'mean', ...others] = given
  if (others.length > 0) refuse(`it pools by several modes at once, ${given.map(shown).join(', ')}`)
  return modes.find(known => known === mode) ?? refuse(`its mode is ${shown(mode)}`)
}

/** As all versions of sentence-transformers read it. */
export function poolingConfig(pooling: TokenPooling, hiddenSize: number): object {
  const booleans = Object.entries(oldKeys).slice(0, 4)
  return {
    word_embedding_dimension: hiddenSize,
    ...Object.fromEntries(booleans.map(([key, mode]) => [key, mode === pooling])),
  }
}
