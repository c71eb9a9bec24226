import { XlingError } from '../binding/errors.js'
import type { Decoder } from '../model/decoder.js'
import { familyOf } from '../prompt/prompting.js'
import type { TemplateId } from '../prompt/templates/index.js'
import type { SynthesizeOptions } from './synthesize-options.js'

/**
 * The templates by which sentences are asked about: those that are given, else those that the adapters were trained with.
 * @throws XlingError `ERR_WEIGHTS_MISMATCH` where they are others now, `ERR_INVALID_ARGUMENT` where the adapters differ, or
 * learnt the other task
 */
export function templateOf(
  { tokenizer }: Decoder,
  { template, adapters: { positive, negative } }: Pick<SynthesizeOptions, 'template' | 'adapters'>,
): TemplateId {
  if (template) return template
  const [first, second] = [familyOf(tokenizer, positive, 'positive'), familyOf(tokenizer, negative, 'negative')]
  if (first === second) return first
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `synthesize: '${positive.name}' was trained with the template '${first}' and '${negative.name}' with '${second}'; ` +
      'give template to say by which both are asked',
  )
}
