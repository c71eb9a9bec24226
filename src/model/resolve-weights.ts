// Finds the tensors of a model among those of its files, whichever way their names are spelled.
import { XlingError } from '../binding/errors.js'
import { type Spelling, spelled, type Weight } from './weight-names.js'

/** How files of one kind name the tensors of a model. */
export interface WeightNames<Spec> {
  /** Every tensor that a model of this spec has. */
  weights(spec: Spec): Weight[]
  /** How such files prefix the names. */
  readonly spellings: readonly Spelling[]
  /** Whether a tensor belongs to a part of the model that the spec does not describe, and is left out. */
  isForeign(tensor: string): boolean
}

/**
 * @param tensors the names of all tensors in the files
 * @returns each slot's tensor, in the order of `names.weights(spec)`
 * @throws XlingError `ERR_WEIGHTS_MISMATCH`, listing what is missing and what is left over
 */
export function resolveWeights<Spec>(
  names: WeightNames<Spec>,
  spec: Spec,
  tensors: Iterable<string>,
): Map<string, string> {
  const present = new Set([...tensors].filter(tensor => !isBuffer(tensor) && !names.isForeign(tensor)))
  const weights = names.weights(spec)
  const readings = names.spellings.map(spelling => {
    const slots = new Map(weights.map(weight => [weight.slot, nameAmong(present, weight, spelling)]))
    const copies = weights.flatMap(({ copy }) => (copy === undefined ? [] : [spelled(copy, spelling)]))
    const wanted = new Set(slots.values())
    return {
      slots,
      missing: without(wanted, present),
      leftOver: without(present, new Set([...wanted, ...copies])),
    }
  })
  const best = readings.reduce((a, b) => (b.missing.length < a.missing.length ? b : a))
  if (best.missing.length > 0 || best.leftOver.length > 0) refuse(best.missing, best.leftOver, weights.length)
  return best.slots
}

/** What the files call a tensor: by its name, unless they have only its copy. */
function nameAmong(present: ReadonlySet<string>, { name, copy }: Weight, spelling: Spelling): string {
  const own = spelled(name, spelling)
  if (copy === undefined || present.has(own)) return own
  const other = spelled(copy, spelling)
  return present.has(other) ? other : own
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
