// How a GGUF file stretches rotations, as `rope_scaling` of a config.json.
import { ropeFrequencies } from '../rope-frequencies.js'
import type { GgufFields } from './gguf-fields.js'

/** Divisors of the frequencies, [D / 2]: how converters write Llama 3's scaling, whose settings they leave out. */
export const ropeFactors = 'rope_freqs.weight'

/** @throws XlingError `ERR_UNSUPPORTED_FILE` for a scaling that xling does not have */
export function ggufRopeScaling(fields: GgufFields, rope: { headDim: number; theta: number }): object | undefined {
  if (fields.file.tensors.has(ropeFactors)) return llama3Scaling(fields, rope)
  // Files from before scalings had a type.
  const old = fields.number('rope.scale_linear', 1)
  const type = fields.string('rope.scaling.type', old === 1 ? 'none' : 'linear')
  if (type === 'none') return undefined
  if (type === 'linear') return { rope_type: 'linear', factor: fields.number('rope.scaling.factor', old) }
  fields.refuse('rope.scaling.type', `is '${type}', which xling does not have`)
}

// As published, all of Llama 3.1 to 3.3.
const published = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 }

/** The settings, of which the largest divisor is one. That they are those of the file's table is checked. */
function llama3Scaling(fields: GgufFields, { headDim, theta }: { headDim: number; theta: number }): object | undefined {
  const table = fields.file.numbers(ropeFactors)
  const factor = Math.max(...table)
  if (table.every(divisor => divisor === 1)) return undefined
  const original = fields.number('rope.scaling.original_context_length', published.original_max_position_embeddings)
  const plain = ropeFrequencies(headDim, theta, { type: 'default' })
  const scaled = ropeFrequencies(headDim, theta, {
    type: 'llama3',
    factor,
    lowFrequencyFactor: published.low_freq_factor,
    highFrequencyFactor: published.high_freq_factor,
    originalPositions: original,
  })
  // Both are some f32 operations away from the exact divisor.
  const same = (divisor: number, i: number) =>
    Math.abs(divisor * (scaled[i] ?? 0) - (plain[i] ?? 0)) <= 1e-5 * (plain[i] ?? 0)
  if (table.length !== headDim / 2 || !table.every(same))
    fields.refuse('rope.freq_base', `is scaled by ${ropeFactors} in another way than Llama 3's, the only one there is`)
  return { rope_type: 'llama3', factor, ...published, original_max_position_embeddings: original }
}
