import { XlingError } from '../binding/errors.js'
import { checkOptions } from '../binding/options.js'
import { isJsonObject, shown } from '../files/json-object.js'
import { patternFault } from './module-pattern.js'

/**
 * A low-rank adapter (LoRA, Hu et al. 2022): beside a frozen W [outputs, inputs] stand A [rank, inputs] and
 * B [outputs, rank], and the layer gives W·x + scale · B·(A·x), scale = alpha / rank.
 */
export interface AdapterConfig {
  /** Rows of A and columns of B; whole, 1 to 65536. Default 8. */
  rank?: number
  /** A number above 0; what is added to a layer is in proportion to it. Default 8. */
  alpha?: number
  /** Chance by which an input of A is zeroed in training, from 0 to below 1. Default 0. */
  dropout?: number
  /**
   * The linear modules that are adapted. `'all-linear'` (default): all of the model's blocks, not the embedding or the
   * head. A list: those whose name is in it, or ends in `.` and one of it (`['q_proj', 'layers.0.mlp.down_proj']`). Any
   * other text: a regular expression (JavaScript's, with flag u) for the whole name, as
   * `'.*\\.[0-3]\\.self_attn\\..*'`. A target that no module has is refused.
   */
  targets?: 'all-linear' | readonly string[] | (string & {})
  /** Ranks that differ from `rank`, by the end of a module's name, a regular expression; the first that fits counts. */
  rankPattern?: Readonly<Record<string, number>>
  /** The same for `alpha`. */
  alphaPattern?: Readonly<Record<string, number>>
  /** Scale by alpha / √rank (rsLoRA, Kalajdzievski 2023) instead of alpha / rank. Default false. */
  rsLora?: boolean
  /** Gives the random A that training begins with (B is zero); whole, 0 or more. Default 0. */
  seed?: number
}

/** With nothing left to default. */
export type CompleteAdapterConfig = Readonly<Required<AdapterConfig>>

const defaults: CompleteAdapterConfig = {
  rank: 8,
  alpha: 8,
  dropout: 0,
  targets: 'all-linear',
  rankPattern: {},
  alphaPattern: {},
  rsLora: false,
  seed: 0,
}

/** A value that fits, and in words what does. */
export interface Range {
  has(value: unknown): value is number
  readonly text: string
}

export const rankRange: Range = {
  has: (value): value is number => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65536,
  text: 'a whole number from 1 to 65536',
}

// PEFT takes any number; 0 would add nothing and learn nothing, and below 0 none is in use.
export const alphaRange: Range = {
  has: (value): value is number => Number.isFinite(value) && Number(value) > 0,
  text: 'a number above 0',
}

export const dropoutRange: Range = {
  has: (value): value is number => typeof value === 'number' && value >= 0 && value < 1,
  text: 'a number from 0 to below 1',
}

const seedRange: Range = {
  has: (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
  text: `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
}

/**
 * @param name of the adapter, for messages
 * @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`
 */
export function completeConfig(name: string, given: AdapterConfig = {}): CompleteAdapterConfig {
  const where = `adapter '${name}'`
  checkOptions(where, given, Object.keys(defaults))
  const refuse: Refuse = (key, value, accepted, fault) => {
    const why = fault === undefined ? '' : ` (${fault})`
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: ${key} is ${shown(value)} but must be ${accepted}${why}`)
  }
  // An option that is undefined was left out.
  const set = { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
  if (typeof set.rsLora !== 'boolean') refuse('rsLora', set.rsLora, 'true or false')
  return {
    rank: checked('rank', set.rank, rankRange, refuse),
    alpha: checked('alpha', set.alpha, alphaRange, refuse),
    dropout: checked('dropout', set.dropout, dropoutRange, refuse),
    targets: checkedTargets('targets', set.targets, refuse),
    rankPattern: checkedPattern('rankPattern', set.rankPattern, rankRange, refuse),
    alphaPattern: checkedPattern('alphaPattern', set.alphaPattern, alphaRange, refuse),
    rsLora: set.rsLora,
    seed: checked('seed', set.seed, seedRange, refuse),
  }
}

/** Throws what is wrong with a key's value; `accepted` says what it must be instead, `fault` why an expression is none. */
export type Refuse = (key: string, value: unknown, accepted: string, fault?: string) => never

export function checked(key: string, value: unknown, range: Range, refuse: Refuse): number {
  return range.has(value) ? value : refuse(key, value, range.text)
}

/** In any case of letters, PEFT takes the text `all-linear` for the word. */
export function checkedTargets(key: string, value: unknown, refuse: Refuse): CompleteAdapterConfig['targets'] {
  if (typeof value === 'string') {
    if (value.toLowerCase() === 'all-linear') return 'all-linear'
    return value === '' ? refuse(key, value, targetsText) : checkedExpression(key, value, refuse)
  }
  if (!Array.isArray(value) || value.length === 0) return refuse(key, value, targetsText)
  return value.map((target, i) =>
    typeof target === 'string' && target !== '' ? target : refuse(`${key}[${i}]`, target, "a module's name"),
  )
}

const targetsText = "'all-linear', a regular expression or a list of modules' names, one at least"

export function checkedPattern(key: string, value: unknown, range: Range, refuse: Refuse): Record<string, number> {
  if (!isJsonObject(value)) return refuse(key, value, 'an object of numbers by regular expressions')
  return Object.fromEntries(
    Object.entries(value).map(([expression, number]) => [
      checkedExpression(`a key of ${key}`, expression, refuse),
      checked(`${key}['${expression}']`, number, range, refuse),
    ]),
  )
}

function checkedExpression(key: string, expression: string, refuse: Refuse): string {
  const fault = patternFault(expression)
  return fault === undefined ? expression : refuse(key, expression, "a regular expression of JavaScript's", fault)
}
