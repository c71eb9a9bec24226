import type { QuantizedStorage } from '../../model/decoder.js'
import { choice } from './fields.js'

const storages = ['nf4', 'nf4d', 'q8_0', 'q4_0'] as const satisfies readonly QuantizedStorage[]

export const quantize = choice(storages).describe(
  'Storage of the linear layers; nf4d is nf4 with double quantisation. Default: as the files have them.',
)
