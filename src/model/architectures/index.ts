import { XlingError } from '../../binding/errors.js'
import { Config } from '../config.js'
import type { Architecture } from './architecture.js'
import { gemma3 } from './gemma3.js'
import { gemma3Text } from './gemma3_text.js'
import { llama } from './llama.js'

const architectures: readonly Architecture[] = [llama, gemma3Text, gemma3]

/**
 * The family that a config.json names in `model_type`.
 * @throws XlingError `ERR_UNKNOWN_ARCHITECTURE`, naming those there are; `ERR_INVALID_CONFIG` without a `model_type`
 */
export function architectureOf(config: object): Architecture {
  const modelType = new Config(config).string('model_type')
  const found = architectures.find(architecture => architecture.modelType === modelType)
  if (found) return found
  const known = architectures.map(architecture => `'${architecture.modelType}'`).join(', ')
  throw new XlingError(
    'ERR_UNKNOWN_ARCHITECTURE',
    `config.json: model_type is '${modelType}', which xling does not have as a decoder; it has ${known}`,
  )
}
