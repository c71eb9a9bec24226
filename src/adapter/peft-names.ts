// What adapter_model.safetensors calls its tensors, and which of a file's belong to which module.
import { XlingError } from '../binding/errors.js'
import { type AdaptedModule, type LinearModule, matchModules } from './adapted-modules.js'
import type { CompleteAdapterConfig } from './adapter-config.js'

/** The names of A and B of a module. */
export interface LoraNames {
  readonly a: string
  readonly b: string
}

const wrapper = 'base_model.model.'

export function loraNames(module: string): LoraNames {
  return { a: `${wrapper}${module}.lora_A.weight`, b: `${wrapper}${module}.lora_B.weight` }
}

/** The module that a tensor is A or B of; undefined for a tensor of another kind. */
export function moduleOf(tensor: string): string | undefined {
  return /^base_model\.model\.(.+)\.lora_[AB]\.weight$/.exec(tensor)?.[1]
}

/** An adapted module, with the names of its tensors in the file. */
export interface ResolvedModule extends AdaptedModule, LoraNames {}

export interface AdapterTensors {
  /** The path, for messages. */
  readonly file: string
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>
}

/** What an adapter is put on. */
export interface AdapterBase {
  readonly modules: readonly LinearModule[]
  /** Ways in which files of this model spell the names of modules; one of them holds for a whole file. */
  readonly spellings: readonly ((module: string) => string)[]
  /** Whether a module belongs to a part of the model that is no decoder, and is left out. */
  isForeign(module: string): boolean
}

/**
 * The modules that a file's adapter adapts. Targets that match nothing are passed over, as in PEFT, where lists of them
 * serve several families; every tensor must have its place.
 * @throws XlingError `ERR_WEIGHTS_MISMATCH`, naming file, tensors and shapes; `ERR_UNSUPPORTED_FILE` for an expression
 * that takes too long
 */
export function resolveAdapter(
  config: CompleteAdapterConfig,
  { file, tensors }: AdapterTensors,
  base: AdapterBase,
): ResolvedModule[] {
  const present = [...tensors.keys()].filter(
    name => !(name.startsWith(wrapper) && base.isForeign(name.slice(wrapper.length))),
  )
  const modules = spelledModules(base, new Set(present))
  const { adapted } = matchModules(
    config,
    modules.map(({ spelled }) => spelled),
    problem => {
      throw new XlingError('ERR_UNSUPPORTED_FILE', `the configuration beside ${file}: ${problem}`)
    },
  )
  if (adapted.length === 0)
    mismatch(file, `its target_modules match no module of this model, which has ${few(base.modules.map(m => m.name))}`)
  const wanted = new Map(adapted.map(module => [module.name, { ...module, ...loraNames(module.name) }]))
  checkNames(file, present, { wanted, known: new Set(modules.map(({ spelled }) => spelled.name)) })
  for (const { a, b, rank, inputs, outputs } of wanted.values()) {
    checkShape(file, a, { is: tensors.get(a)?.shape ?? [], must: [rank, inputs] })
    checkShape(file, b, { is: tensors.get(b)?.shape ?? [], must: [outputs, rank] })
  }
  return modules.flatMap(({ own, spelled }) => {
    const module = wanted.get(spelled.name)
    return module ? [{ ...module, name: own.name }] : []
  })
}

/** The modules under the names that most of the file's tensors have. */
function spelledModules({ modules, spellings }: AdapterBase, present: ReadonlySet<string>) {
  const readings = spellings.map(spell =>
    modules.map(module => ({ own: module, spelled: { ...module, name: spell(module.name) } })),
  )
  const found = (reading: (typeof readings)[number]) =>
    reading.filter(({ spelled }) => Object.values(loraNames(spelled.name)).some(name => present.has(name))).length
  return readings.reduce((a, b) => (found(b) > found(a) ? b : a))
}

function checkNames(
  file: string,
  present: readonly string[],
  { wanted, known }: { wanted: ReadonlyMap<string, LoraNames>; known: ReadonlySet<string> },
): void {
  const all = new Set(present)
  const names = new Set([...wanted.values()].flatMap(({ a, b }) => [a, b]))
  const missing = [...names].filter(name => !all.has(name))
  const over = present.filter(name => !names.has(name))
  const misplaced = over.filter(name => known.has(moduleOf(name) ?? ''))
  const leftOver = over.filter(name => !known.has(moduleOf(name) ?? ''))
  const problems = [
    missing.length > 0 && `lacks ${missing.length} of its ${names.size} tensors (${few(missing)})`,
    misplaced.length > 0 &&
      `has ${misplaced.length} for modules that its configuration does not adapt (${few(misplaced)})`,
    leftOver.length > 0 && `has ${leftOver.length} that belong to no linear layer of this model (${few(leftOver)})`,
  ].filter(problem => problem !== false)
  if (problems.length > 0)
    mismatch(file, `${problems.join(', and ')}; load it with the base and the configuration that it was trained with`)
}

function checkShape(file: string, tensor: string, shape: { is: readonly number[]; must: readonly number[] }): void {
  const { is, must } = shape
  if (is.length === must.length && is.every((size, i) => size === must[i])) return
  mismatch(file, `${tensor} is [${is}] but this model and the adapter's configuration make it [${must}]`)
}

function few(names: readonly string[]): string {
  const first = names.slice(0, 4).join(', ')
  return names.length > 4 ? `${first} and ${names.length - 4} more` : first
}

function mismatch(file: string, problem: string): never {
  throw new XlingError('ERR_WEIGHTS_MISMATCH', `${file}: ${problem}`)
}
