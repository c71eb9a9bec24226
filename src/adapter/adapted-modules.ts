// Which modules of a model a configuration adapts, and how strongly: PEFT's rules.
import { closest } from 'fastest-levenshtein'
import { XlingError } from '../binding/errors.js'
import type { CompleteAdapterConfig } from './adapter-config.js'
import { endMatches, wholeMatches } from './module-pattern.js'

/** A linear layer of a model's blocks; the embedding and the head are none. */
export interface LinearModule {
  /** `model.layers.0.self_attn.q_proj` */
  readonly name: string
  /** In the engine: `layers.0.query`. */
  readonly slot: string
  readonly outputs: number
  readonly inputs: number
}

/** With A [rank, inputs] and B [outputs, rank]. The rank may be above outputs and inputs. */
export interface AdaptedModule extends LinearModule {
  readonly rank: number
  readonly alpha: number
  /** alpha / rank, or alpha / √rank. */
  readonly scale: number
}

/** Throws `problem`, as what it is where the configuration came from. */
export type RefuseConfig = (problem: string) => never

/**
 * The modules that `config` adapts, in their order.
 * @param name of the adapter, for messages
 * @throws XlingError `ERR_INVALID_ARGUMENT` for a target that is no module's, and a pattern's key that is no target's:
 * PEFT refuses only what matches nothing as a whole
 */
export function adaptedModules(
  name: string,
  config: CompleteAdapterConfig,
  modules: readonly LinearModule[],
): AdaptedModule[] {
  const refuse: RefuseConfig = problem => {
    throw new XlingError('ERR_INVALID_ARGUMENT', `adapter '${name}': ${problem}`)
  }
  const { adapted, unmatched } = matchModules(config, modules, refuse)
  const [first] = unmatched
  if (!first) return adapted
  const ends = [...new Set(modules.map(module => lastName(module.name)))]
  const example = modules[0] ? `, whole names are like ${modules[0].name}` : ''
  return refuse(
    `${first.key} has '${first.expression}', which matches no ${first.key === 'targets' ? 'module' : 'adapted module'}; ` +
      `did you mean '${closest(first.expression, ends)}'? (the model has ${ends.join(', ')}${example})`,
  )
}

interface Unmatched {
  readonly key: 'targets' | 'rankPattern' | 'alphaPattern'
  readonly expression: string
}

/** The same, but that targets and patterns may match nothing: `unmatched` has them. */
export function matchModules(
  config: CompleteAdapterConfig,
  modules: readonly LinearModule[],
  refuse: RefuseConfig,
): { adapted: AdaptedModule[]; unmatched: Unmatched[] } {
  const { targeted, unmatched } = targetedModules(config.targets, modules, refuse)
  const names = targeted.map(module => module.name)
  const ranks = byPattern('rankPattern', config.rankPattern, names, refuse)
  const alphas = byPattern('alphaPattern', config.alphaPattern, names, refuse)
  const adapted = targeted.map(module => {
    const rank = ranks.values.get(module.name) ?? config.rank
    const alpha = alphas.values.get(module.name) ?? config.alpha
    return { ...module, rank, alpha, scale: alpha / (config.rsLora ? Math.sqrt(rank) : rank) }
  })
  return { adapted, unmatched: [...unmatched, ...ranks.unmatched, ...alphas.unmatched] }
}

/** `q_proj` of `model.layers.0.self_attn.q_proj`. */
export function lastName(module: string): string {
  return module.slice(module.lastIndexOf('.') + 1)
}

function targetedModules(
  targets: CompleteAdapterConfig['targets'],
  modules: readonly LinearModule[],
  refuse: RefuseConfig,
): { targeted: readonly LinearModule[]; unmatched: Unmatched[] } {
  const missed = (expression: string): Unmatched => ({ key: 'targets', expression })
  if (targets === 'all-linear') return { targeted: modules, unmatched: [] }
  if (typeof targets === 'string') {
    const names = modules.map(module => module.name)
    const found = wholeMatches(targets, names) ?? refuse(tooLong('targets', targets))
    return {
      targeted: modules.filter(module => found.has(module.name)),
      unmatched: found.size === 0 ? [missed(targets)] : [],
    }
  }
  const isOf = (target: string, { name }: LinearModule) => name === target || name.endsWith(`.${target}`)
  return {
    targeted: modules.filter(module => targets.some(target => isOf(target, module))),
    unmatched: targets.filter(target => !modules.some(module => isOf(target, module))).map(missed),
  }
}

/** Each name's number, where an expression fits: the first one's. */
function byPattern(
  key: 'rankPattern' | 'alphaPattern',
  pattern: Readonly<Record<string, number>>,
  names: readonly string[],
  refuse: RefuseConfig,
): { values: ReadonlyMap<string, number>; unmatched: Unmatched[] } {
  const values = new Map<string, number>()
  const unmatched: Unmatched[] = []
  for (const [expression, value] of Object.entries(pattern)) {
    const found = endMatches(expression, names) ?? refuse(tooLong(key, expression))
    if (found.size === 0) unmatched.push({ key, expression })
    for (const name of found) if (!values.has(name)) values.set(name, value)
  }
  return { values, unmatched }
}

function tooLong(key: string, expression: string): string {
  return `${key} has '${expression.slice(0, 80)}', which takes too long to match; write it with fewer repetitions`
}
