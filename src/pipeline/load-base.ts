import { XlingError } from '../binding/errors.js'
import { Decoder } from '../model/decoder.js'
import { Encoder } from '../model/encoder.js'

type Options = Pick<NonNullable<Parameters<typeof Decoder.load>[1]>, 'device' | 'signal'>

/**
 * What adapters are put on, a decoder or an encoder, whichever it is.
 * @throws XlingError what `Encoder.load` does where it is neither
 */
export async function loadBase(source: string, options: Options): Promise<Decoder | Encoder> {
  try {
    return await Decoder.load(source, options)
  } catch (error) {
    // A sentence-transformers folder may have its config.json further down.
    const other = error instanceof XlingError && ['ERR_UNKNOWN_ARCHITECTURE', 'ERR_FILE_NOT_FOUND'].includes(error.code)
    if (!other) throw error
    return await Encoder.load(source, { ...options, trainable: 'adapters' })
  }
}
