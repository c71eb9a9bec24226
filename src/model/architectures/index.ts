import { XlingError } from '../../binding/errors.js'
import type { GgufMetadata } from '../../files/gguf-metadata.js'
import { Config } from '../config.js'
import type { GgufForm } from '../gguf/gguf-form.js'
import type { Architecture, EncoderArchitecture } from './architecture.js'
import { bert } from './bert.js'
import { gemma3 } from './gemma3.js'
import { gemma3Text } from './gemma3_text.js'
import { llama } from './llama.js'

const architectures: readonly Architecture[] = [llama, gemma3Text, gemma3]
const encoderArchitectures: readonly EncoderArchitecture[] = [bert]

/**
 * The family that a config.json names in `model_type`.
 * @throws XlingError `ERR_UNKNOWN_ARCHITECTURE`, naming those there are; `ERR_INVALID_CONFIG` without a `model_type`
 */
export function architectureOf(config: object): Architecture {
  return familyOf(config, architectures, 'a decoder')
}

/**
 * The family of encoders that a config.json names in `model_type`.
 * @throws XlingError `ERR_UNKNOWN_ARCHITECTURE`, naming those there are; `ERR_INVALID_CONFIG` without a `model_type`
 */
export function encoderArchitectureOf(config: object): EncoderArchitecture {
  return familyOf(config, encoderArchitectures, 'an encoder')
}

function familyOf<Family extends { readonly modelType: string }>(
  config: object,
  families: readonly Family[],
  what: string,
): Family {
  const modelType = new Config(config).string('model_type')
  const found = families.find(family => family.modelType === modelType)
  if (found) return found
  const known = families.map(family => `'${family.modelType}'`).join(', ')
  throw new XlingError(
    'ERR_UNKNOWN_ARCHITECTURE',
    `config.json: model_type is '${modelType}', which xling does not have as ${what}; it has ${known}`,
  )
}

/**
 * The family that a GGUF file names in `general.architecture`.
 * @throws XlingError `ERR_UNKNOWN_ARCHITECTURE`, naming those there are; `ERR_MALFORMED_FILE` for a file that names none
 */
export function ggufArchitectureOf(metadata: GgufMetadata): { architecture: Architecture; form: GgufForm } {
  const name = metadata.string('general.architecture')
  if (name === undefined)
    throw new XlingError(
      'ERR_MALFORMED_FILE',
      `${metadata.file}: the key general.architecture is missing; convert the model to GGUF again`,
    )
  for (const architecture of architectures)
    if (architecture.gguf?.architecture === name) return { architecture, form: architecture.gguf }
  const known = architectures.flatMap(({ gguf }) => (gguf ? [`'${gguf.architecture}'`] : [])).join(', ')
  throw new XlingError(
    'ERR_UNKNOWN_ARCHITECTURE',
    `${metadata.file}: general.architecture is '${name}', which xling does not have as a decoder; it has ${known}`,
  )
}
