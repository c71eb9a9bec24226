// Sums of adapters: which modules a sum adapts, and with which ranks.
import { XlingError } from '../binding/errors.js'
import type { AdaptedModule, LinearModule } from './adapted-modules.js'
import { type CompleteAdapterConfig, rankRange } from './adapter-config.js'
import { ownNumbers, shortNames } from './peft-config.js'

/**
 * `'delta'` adds up what adapters add, weight · scale · B·A, exactly. `'factor-wise'` adds up the factors, A = Σ weight·A and
 * B = Σ weight·scale·B, as AdaMergeX does (Zhao et al. 2024, arXiv 2402.18913), so that products of one adapter's B and
 * another's A arise, and a single adapter of weight w comes out w² times as strong.
 */
export type ComposeRule = 'delta' | 'factor-wise'

export interface AlgebraTerm {
  /** Of the adapter, for messages. */
  readonly name: string
  readonly adapted: readonly AdaptedModule[]
  readonly weight: number
}

/** What is added up, and how. */
export interface Composition {
  readonly terms: readonly AlgebraTerm[]
  readonly rule: ComposeRule
  /** The most that a module has; undefined: as many as the sum needs. */
  readonly rank: number | undefined
}

/**
 * The terms that count: those of weight 0 add nothing and take no rank. Where all are 0 the first stands for them.
 */
export function termsThatCount<T extends { readonly weight: number }>(terms: readonly T[]): readonly T[] {
  const counting = terms.filter(({ weight }) => weight !== 0)
  return counting.length > 0 ? counting : terms.slice(0, 1)
}

/**
 * The modules that a sum of terms that count adapts, all with scale 1, in the model's order.
 * @param modules all of the model's
 * @throws XlingError `ERR_INVALID_ARGUMENT` for a rank beyond the format's, and factors of unlike ranks that are to be added up
 */
export function composedModules(
  { terms, rule, rank = Number.POSITIVE_INFINITY }: Composition,
  modules: readonly LinearModule[],
): AdaptedModule[] {
  const bySlot = terms.map(({ name, adapted }) => ({ name, sites: new Map(adapted.map(one => [one.slot, one])) }))
  return modules.flatMap(({ name, slot, outputs, inputs }) => {
    const here = bySlot.flatMap(term => {
      const site = term.sites.get(slot)
      return site ? [{ term: term.name, rank: site.rank }] : []
    })
    const [first] = here
    if (!first) return []
    if (rule === 'factor-wise') checkEqualRanks(name, here)
    const sum = rule === 'factor-wise' ? first.rank : here.reduce((ranks, one) => ranks + one.rank, 0)
    const chosen = sum <= rank ? sum : Math.min(rank, outputs, inputs)
    if (!rankRange.has(chosen)) refuse(`the sum has rank ${chosen} at ${name}, over 65536; give a rank to cut it to`)
    return [{ name, slot, outputs, inputs, rank: chosen, alpha: chosen, scale: 1 }]
  })
}

/** A configuration that adapts just that. */
export function composedConfig(
  adapted: readonly AdaptedModule[],
  modules: readonly LinearModule[],
  dropout: number,
): CompleteAdapterConfig {
  const rank = Math.max(...adapted.map(one => one.rank))
  const rankPattern = ownNumbers(adapted, one => one.rank, rank)
  const targets = adapted.length === modules.length ? 'all-linear' : shortNames(adapted, modules)
  return { rank, alpha: rank, dropout, targets, rankPattern, alphaPattern: rankPattern, rsLora: false, seed: 0 }
}

/** `positive + 0.5·hausa - 0.5·english`; of one term its weight is there, too: the adapter itself is called by its name. */
export function shownSum(terms: readonly { readonly name: string; readonly weight: number }[]): string {
  return terms
    .map(({ name, weight }, i) => {
      const size = Math.abs(weight) === 1 && terms.length > 1 ? name : `${Math.abs(weight)}·${name}`
      if (i === 0) return weight < 0 ? `-${size}` : size
      return `${weight < 0 ? '-' : '+'} ${size}`
    })
    .join(' ')
}

function checkEqualRanks(module: string, here: readonly { term: string; rank: number }[]): void {
  const [first, ...others] = here
  const other = others.find(({ rank }) => rank !== first?.rank)
  if (first && other)
    refuse(
      `'factor-wise' adds up factors of one rank, but at ${module} '${first.term}' has ${first.rank} and '${other.term}' ` +
        `${other.rank}; use 'delta', which takes any`,
    )
}

function refuse(problem: string): never {
  throw new XlingError('ERR_INVALID_ARGUMENT', `adapters.compose: ${problem}`)
}
