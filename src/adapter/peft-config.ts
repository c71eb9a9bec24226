// adapter_config.json, as PEFT reads and writes it.
import { XlingError } from '../binding/errors.js'
import { type JsonObject, shown } from '../files/json-object.js'
import { type AdaptedModule, type LinearModule, lastName } from './adapted-modules.js'
import {
  alphaRange,
  type CompleteAdapterConfig,
  checked,
  checkedPattern,
  checkedTargets,
  dropoutRange,
  type Refuse,
  rankRange,
} from './adapter-config.js'

/** Keys that say nothing of what the weights of linear layers mean, whatever their values. */
const inert = new Set([
  // Where it came from, and what it was made for.
  ...['auto_mapping', 'base_model_name_or_path', 'peft_version', 'revision', 'task_type'],
  // How A, B and the run began; the ways to begin that change the base are `init_lora_weights`' own.
  ...['inference_mode', 'runtime_config', 'loftq_config', 'eva_config', 'corda_config', 'lora_ga_config'],
  // How gradients are computed.
  'velora_config',
  // Without effect on linear layers, or on what is switched off elsewhere.
  ...['fan_in_fan_out', 'ensure_weight_tying', 'megatron_core', 'qalora_group_size'],
])

/** Where A and B begin beside an unchanged base. PiSSA, OLoRA, CorDA, LoftQ and LoRA-GA change the base. */
const initsBeside = new Set<unknown>([null, true, false, 'gaussian', 'eva', 'orthogonal', 'mica'])

const read = new Set(
  ['peft_type', 'r', 'lora_alpha', 'lora_dropout', 'target_modules', 'rank_pattern', 'alpha_pattern'].concat(
    ['use_rslora', 'bias', 'init_lora_weights'], // what is left out has PEFT's default
  ),
)

/**
 * The configuration in a parsed adapter_config.json. A key that is neither read nor known to mean nothing here must be
 * switched off (null, false, an empty list or text): whatever PEFT adds, an adapter that uses it is refused and not misread.
 * @param file its path, for messages
 * @throws XlingError `ERR_UNSUPPORTED_FILE` for an adapter that is more or other than A and B of linear layers,
 * `ERR_MALFORMED_FILE` for a value that cannot be
 */
export function readPeftConfig(file: string, json: JsonObject): CompleteAdapterConfig {
  const refuse: Refuse = (key, value, accepted, fault) => {
    const problem = `${file}: ${key} ${value === undefined ? 'is missing' : `is ${shown(value)}`} but must be ${accepted}`
    if (fault === undefined) throw new XlingError('ERR_MALFORMED_FILE', problem)
    // Python's expressions are not all JavaScript's: the file keeps its format's rules.
    throw new XlingError('ERR_UNSUPPORTED_FILE', `${problem} (${fault}); list the modules' names instead`)
  }
  if (typeof json.peft_type !== 'string') refuse('peft_type', json.peft_type, "'LORA'")
  if (json.peft_type !== 'LORA') unsupported(file, 'peft_type', json.peft_type)
  for (const [key, value] of Object.entries(json))
    if (!read.has(key) && !inert.has(key) && !isOff(value)) unsupported(file, key, value)
  const { bias = 'none', init_lora_weights: init = true, target_modules: targets } = json
  const rsLora = json.use_rslora ?? false
  if (bias !== 'none') unsupported(file, 'bias', bias)
  if (!initsBeside.has(init)) unsupported(file, 'init_lora_weights', init)
  // PEFT then chooses by the architecture's name; it writes its choice out whenever it saves.
  if (targets === null || targets === undefined)
    throw new XlingError('ERR_UNSUPPORTED_FILE', `${file} has no target_modules; list the names of the adapted modules`)
  if (typeof rsLora !== 'boolean') refuse('use_rslora', rsLora, 'true or false')
  return {
    rank: checked('r', json.r ?? 8, rankRange, refuse),
    alpha: checked('lora_alpha', json.lora_alpha ?? 8, alphaRange, refuse),
    dropout: checked('lora_dropout', json.lora_dropout ?? 0, dropoutRange, refuse),
    targets: checkedTargets('target_modules', targets, refuse),
    rankPattern: checkedPattern('rank_pattern', json.rank_pattern ?? {}, rankRange, refuse),
    alphaPattern: checkedPattern('alpha_pattern', json.alpha_pattern ?? {}, alphaRange, refuse),
    rsLora,
    seed: 0,
  }
}

// An empty object is not off: PEFT makes a part's configuration of it, with all defaults.
function isOff(value: unknown): boolean {
  return value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0)
}

function unsupported(file: string, key: string, value: unknown): never {
  throw new XlingError(
    'ERR_UNSUPPORTED_FILE',
    `${file}: ${key} is ${shown(value)}, and xling reads adapters of plain LoRA for linear layers only; ` +
      "merge this one into its base with PEFT's merge_and_unload, or train it without",
  )
}

export interface WrittenAdapter {
  readonly config: CompleteAdapterConfig
  /** What it adapts, of `modules`. */
  readonly adapted: readonly AdaptedModule[]
  /** The base's linear layers. */
  readonly modules: readonly LinearModule[]
  /** The class by which PEFT puts it on its base, which must have the methods that the class calls. */
  readonly taskType: 'CAUSAL_LM' | 'FEATURE_EXTRACTION'
  /** What PEFT may load the base from: a hub id or a path. */
  readonly baseModel?: string | undefined
}

/**
 * The object that PEFT (0.13 or later) reads as this adapter. Targets and patterns are written out as names: what an
 * expression matches is not the same in all of PEFT's versions, nor are JavaScript's expressions Python's.
 */
export function peftConfig({ config, adapted, modules, taskType, baseModel }: WrittenAdapter): JsonObject {
  return {
    alpha_pattern: ownNumbers(adapted, ({ alpha }) => alpha, config.alpha),
    base_model_name_or_path: baseModel ?? null,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: config.alpha,
    lora_dropout: config.dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: config.rank,
    rank_pattern: ownNumbers(adapted, ({ rank }) => rank, config.rank),
    target_modules: shortNames(adapted, modules),
    task_type: taskType,
    use_rslora: config.rsLora,
  }
}

/** Last names where all modules of that name are adapted, else whole names. */
export function shortNames(adapted: readonly AdaptedModule[], modules: readonly LinearModule[]): string[] {
  const names = new Set(adapted.map(({ name }) => name))
  const partly = new Set(modules.filter(({ name }) => !names.has(name)).map(({ name }) => lastName(name)))
  return [...new Set([...names].map(name => (partly.has(lastName(name)) ? name : lastName(name))))].sort()
}

/** What differs from the default, by last names where all modules of that name have the same number. */
export function ownNumbers(
  adapted: readonly AdaptedModule[],
  number: (module: AdaptedModule) => number,
  usual: number,
): Record<string, number> {
  return Object.fromEntries(
    [...new Set(adapted.map(({ name }) => lastName(name)))].flatMap(end => {
      const modules = adapted.filter(({ name }) => lastName(name) === end)
      const [first = usual, ...others] = new Set(modules.map(number))
      if (others.length === 0) return first === usual ? [] : [[end, first]]
      return modules.filter(module => number(module) !== usual).map(module => [module.name, number(module)])
    }),
  )
}
