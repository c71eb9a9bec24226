// Finds the tensors of a decoder among those of its files, whichever way their names are spelled.
import { XlingError } from '../binding/errors.js'
import type { DecoderSpec } from './decoder-spec.js'
import { type Spelling, spelled, type Weight } from './weight-names.js'

/** How files of one kind name the tensors of a decoder. */
export interface WeightNames {
  /** Every tensor that a decoder of this spec has. */
  weights(spec: DecoderSpec): Weight[]
  /** How such files prefix the names. */
  readonly spellings: readonly Spelling[]
  /** Whether a tensor belongs to a part of the model that is no decoder, and is left out. */
  isForeign(tensor: string): boolean
}

/**
 * @param tensors the names of all tensors in the files
 * @returns each slot's tensor, in the order of `names.weights(spec)`
 * @throws XlingError `ERR_WEIGHTS_MISMATCH`, listing what is missing and what is left over
 */
export function resolveWeights(names: WeightNames, spec: DecoderSpec, tensors: Iterable<string>): Map<string, string> {
  const present = new Set([...tensors].filter(tensor => !isBuffer(tensor) && !names.isForeign(tensor)))
  const weights = names.weights(spec)
  const readings = names.spellings.map(spelling => {
    const slots = new Map(weights.map(({ slot, name }) => [slot, spelled(name, spelling)]))
    const copy = spec.tiedHead ? takeTiedHead(slots, spelled('lm_head.weight', spelling), present) : undefined
    const wanted = new Set(slots.values())
    return {
      slots,
      missing: without(wanted, present),
      leftOver: without(present, wanted).filter(name => name !== copy),
    }
  })
  const best = readings.reduce((a, b) => (b.missing.length < a.missing.length ? b : a))
  if (best.missing.length > 0 || best.leftOver.length > 0) refuse(best.missing, best.leftOver, weights.length)
  return best.slots
}

/**
 * A file with a tied head has its one tensor under either name, or under both.
 * @returns the name under which it is a second time
 */
function takeTiedHead(slots: Map<string, string>, head: string, present: ReadonlySet<string>): string | undefined {
  if (present.has(slots.get('embedding') ?? '')) return head
  if (present.has(head)) slots.set('embedding', head)
  return undefined
}

// Rotary tables, which old files hold and which the spec gives.
function isBuffer(tensor: string): boolean {
  return /(^|\.)rotary_emb\.inv_freq$/.test(tensor)
}

function without(names: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...names].filter(name => !others.has(name))
}

function refuse(missing: readonly string[], leftOver: readonly string[], count: number): never {
  const lacks =
    missing.length > 0 ? `lack ${missing.length} of the ${count} tensors that it calls for (${few(missing)})` : ''
  const holds = leftOver.length > 0 ? `hold ${leftOver.length} that it knows nothing of (${few(leftOver)})` : ''
  throw new XlingError(
    'ERR_WEIGHTS_MISMATCH',
    `the weights do not fit config.json: the files ${[lacks, holds].filter(Boolean).join(' and ')}`,
  )
}

function few(names: readonly string[]): string {
  const first = names.slice(0, 4).join(', ')
  return names.length > 4 ? `${first} and ${names.length - 4} more` : first
}
