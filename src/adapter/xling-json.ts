// xling.json: what stands beside an adapter's files in PEFT's form. PEFT does not look at it.
import { XlingError } from '../binding/errors.js'
import { isJsonObject, type JsonObject, shown } from '../files/json-object.js'
import { type Prompting, readPrompting } from './prompting.js'

/** What tells bases apart. */
export interface BaseFingerprint {
  /** By name: `layers`, `hiddenSize`, … */
  readonly sizes: Readonly<Record<string, number>>
  /** The first gains of the final norm, at most 64. */
  readonly finalNorm: readonly number[]
}

/** Its contents. */
export interface XlingJson {
  readonly version: 1
  readonly base: BaseFingerprint
  /** Missing where it was not trained on pairs of sentences, or by an xling that did not write it yet. */
  readonly prompting?: Prompting
}

const gainsKept = 64

/** @param finalNorm all gains of the norm after the last block, in Hugging Face's meaning: Gemma's are around 0 */
export function fingerprint(sizes: BaseFingerprint['sizes'], finalNorm: Float32Array): BaseFingerprint {
  return { sizes, finalNorm: [...finalNorm.subarray(0, gainsKept)] }
}

/**
 * Checks a parsed xling.json. Keys that this version does not know are passed over.
 * @throws XlingError `ERR_UNSUPPORTED_FILE` for a later version's, `ERR_MALFORMED_FILE`
 */
export function readXlingJson(file: string, json: JsonObject): XlingJson {
  const { version, base, prompting } = json
  const malformed = (key: string, value: unknown, accepted: string): never => {
    throw new XlingError('ERR_MALFORMED_FILE', `${file}: ${key} is ${shown(value)} but must be ${accepted}`)
  }
  if (!Number.isInteger(version) || Number(version) < 1) malformed('version', version, 'a whole number, 1 or more')
  if (version !== 1)
    throw new XlingError(
      'ERR_UNSUPPORTED_FILE',
      `${file}: version is ${version}, and this xling reads 1; load it with the xling that wrote it, or a later one`,
    )
  if (!isJsonObject(base)) return malformed('base', base, 'an object')
  const { sizes, finalNorm } = base
  if (!isJsonObject(sizes) || !Object.values(sizes).every(size => Number.isSafeInteger(size)))
    return malformed('base.sizes', sizes, 'an object of whole numbers')
  if (!Array.isArray(finalNorm) || finalNorm.length > gainsKept || !finalNorm.every(Number.isFinite))
    return malformed('base.finalNorm', finalNorm, `a list of at most ${gainsKept} numbers`)
  if (prompting !== undefined && !isJsonObject(prompting)) return malformed('prompting', prompting, 'an object')
  return {
    version,
    base: { sizes: sizes as Record<string, number>, finalNorm },
    ...(prompting && {
      prompting: readPrompting(prompting, (key, ...rest) => malformed(`prompting.${key}`, ...rest)),
    }),
  }
}

/**
 * Refuses a base other than the adapter's own.
 *
 * Sizes must be equal. Gains of the final norm may be 1 % of the largest that was saved, and 1e-3, apart: norms are kept as
 * they are whatever a base's matrices are quantised to, so all forms of one base, GGUF files among them, have the same
 * up to the rounding of bf16 (2⁻⁹ of a value) and of f32 where GGUF stores a gain plus 1; another model of equal shape
 * has others.
 * @param file the xling.json, for messages
 * @throws XlingError `ERR_WEIGHTS_MISMATCH`
 */
export function checkBase(file: string, saved: BaseFingerprint, own: BaseFingerprint): void {
  const refuse = (differs: string): never => {
    throw new XlingError(
      'ERR_WEIGHTS_MISMATCH',
      `${file}: the adapter was trained on another base: ${differs}; load the base that it was trained on, ` +
        `or remove ${file} if you mean to use it on this one`,
    )
  }
  for (const size of Object.keys({ ...own.sizes, ...saved.sizes }))
    if (saved.sizes[size] !== own.sizes[size])
      refuse(`its ${size} is ${saved.sizes[size] ?? 'unknown'}, this model's ${own.sizes[size] ?? 'unknown'}`)
  if (saved.finalNorm.length !== own.finalNorm.length)
    refuse(`it has ${saved.finalNorm.length} gains of the final norm here, this model ${own.finalNorm.length}`)
  const largest = Math.max(0, ...saved.finalNorm.map(Math.abs))
  const tolerance = 0.01 * largest + 1e-3
  for (const [i, gain] of saved.finalNorm.entries()) {
    const other = own.finalNorm[i] ?? Number.NaN
    if (!(Math.abs(gain - other) <= tolerance))
      refuse(`gain ${i} of its final norm is ${gain}, this model's ${other}, more than ${tolerance} apart`)
  }
}
