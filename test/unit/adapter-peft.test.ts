// adapter_config.json: what is refused, and agreement with PEFT on the configurations of test/golden/peft.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adaptedModules, matchModules } from '#xling/adapter/adapted-modules'
import { completeConfig } from '#xling/adapter/adapter-config'
import { peftConfig, readPeftConfig } from '#xling/adapter/peft-config'
import { throws } from '../boundary/throws.js'
import { modulesOf, readPeftGolden, writtenOf } from '../golden/peft/peft-golden.js'

const golden = await readPeftGolden()
const plain = { peft_type: 'LORA', target_modules: ['q_proj'] }
const read = (changes: object) => readPeftConfig('a.json', { ...plain, ...changes })
const fail = (problem: string): never => assert.fail(problem)

// Each value that the key may not have, and the code that it is refused with.
const refused: (readonly [key: string, value: unknown, code: 'ERR_MALFORMED_FILE' | 'ERR_UNSUPPORTED_FILE'])[] = [
  ...[undefined, null, 7].map(value => ['peft_type', value, 'ERR_MALFORMED_FILE'] as const),
  ...['LOHA', 'lora', 'PROMPT_TUNING'].map(value => ['peft_type', value, 'ERR_UNSUPPORTED_FILE'] as const),
  ...[0, -1, 1.5, '8', 65537, true].map(value => ['r', value, 'ERR_MALFORMED_FILE'] as const),
  ...[0, '16', [], Number.POSITIVE_INFINITY].map(value => ['lora_alpha', value, 'ERR_MALFORMED_FILE'] as const),
  ...[-0.5, 1, 'none'].map(value => ['lora_dropout', value, 'ERR_MALFORMED_FILE'] as const),
  ...[[], '', 3, {}].map(value => ['target_modules', value, 'ERR_MALFORMED_FILE'] as const),
  ...['(?P<x>q)_proj', 'a{,3}', '(q_proj'].map(value => ['target_modules', value, 'ERR_UNSUPPORTED_FILE'] as const),
  ...[[4], 'q_proj', { q_proj: 0 }, { q_proj: '4' }].map(v => ['rank_pattern', v, 'ERR_MALFORMED_FILE'] as const),
  ...[[4], { q_proj: null }, { q_proj: -1 }].map(v => ['alpha_pattern', v, 'ERR_MALFORMED_FILE'] as const),
  ['rank_pattern', { '\\Z': 4 }, 'ERR_UNSUPPORTED_FILE'],
  ['use_rslora', 'yes', 'ERR_MALFORMED_FILE'],
  ...['all', 'lora_only', null].map(value => ['bias', value, 'ERR_UNSUPPORTED_FILE'] as const),
  ...['pissa', 'pissa_niter_16', 'olora', 'corda', 'loftq', 'lora_ga', 'later'].map(
    value => ['init_lora_weights', value, 'ERR_UNSUPPORTED_FILE'] as const,
  ),
  ...['kasa_config', 'arrow_config', 'use_bdlora', 'monteclora_config', 'megatron_config'].map(
    key => [key, {}, 'ERR_UNSUPPORTED_FILE'] as const,
  ),
  ['layers_pattern', 'layers', 'ERR_UNSUPPORTED_FILE'],
  ...[true, 0, 1, 'on', [0], {}].map(value => ['of_a_later_peft', value, 'ERR_UNSUPPORTED_FILE'] as const),
]

for (const [key, value, code] of refused)
  test(`refused: ${key} ${JSON.stringify(value)}`, async () => {
    await throws(() => read({ [key]: value }), code, `a.json: `)
    await throws(() => read({ [key]: value }), code, key)
  })

for (const value of [undefined, null])
  test(`target_modules ${value}, PEFT's own choice, is refused`, () =>
    throws(() => read({ target_modules: value }), 'ERR_UNSUPPORTED_FILE', 'a.json has no target_modules'))

for (const [key, config] of Object.entries(golden.refused))
  test(`refused as PEFT writes it: ${key}`, () =>
    throws(() => readPeftConfig('a.json', config), 'ERR_UNSUPPORTED_FILE', `a.json: ${key} is `))

test('what is switched off, or means nothing to the weights, is passed over', () => {
  const off = { use_dora: false, of_a_later_peft: null, exclude_modules: [], lora_bias: false, layers_pattern: '' }
  const inert = {
    ...{ base_model_name_or_path: 'owner/name', revision: 'main', task_type: 'SEQ_CLS', inference_mode: false },
    ...{ megatron_core: 'megatron.core', qalora_group_size: 16, auto_mapping: { base_model_class: 'X' } },
    ...{ fan_in_fan_out: true, loftq_config: {}, eva_config: { rho: 2 }, init_lora_weights: 'eva' },
  }
  assert.deepEqual(read({ ...off, ...inert }), completeConfig('', { targets: ['q_proj'] }))
})

test("null, as a missing key, is PEFT's default", () => {
  const nulls = { r: null, lora_alpha: null, lora_dropout: null, rank_pattern: null, use_rslora: null }
  assert.deepEqual(read(nulls), read({}))
})

for (const [i, one] of golden.cases.entries()) {
  const { settings, model, config, adapted } = one
  const name = `${i} ${model} ${JSON.stringify(settings)}`
  const modules = modulesOf(golden, model)

  test(`PEFT adapts the same: ${name}`, () => {
    const ours = matchModules(readPeftConfig('a.json', config), modules, fail).adapted
    const linear = new Set(modules.map(module => module.name))
    const theirs = Object.entries(adapted).filter(([module]) => linear.has(module))
    assert.ok(ours.length > 0)
    assert.deepEqual(
      Object.fromEntries(ours.map(({ name, rank, scale }) => [name, [rank, scale]])),
      Object.fromEntries(theirs),
    )
  })

  test(`its adapter_config.json is what settings say: ${name}`, () => {
    const own = completeConfig('golden', settings)
    // PEFT replaces 'all-linear' with what it found.
    const targets = own.targets === 'all-linear' ? config.target_modules : sorted(own.targets)
    assert.deepEqual(readPeftConfig('a.json', config), { ...own, targets })
  })

  test(`what is written is what PEFT was seen to read, and reads back: ${name}`, () => {
    assert.deepEqual(writtenOf(golden, one), one.written)
    const before = matchModules(completeConfig('golden', settings), modules, fail).adapted
    const after = matchModules(readPeftConfig('a.json', one.written), modules, fail)
    assert.deepEqual(after, { adapted: before, unmatched: [] })
  })
}

function sorted(targets: string | readonly string[]) {
  return typeof targets === 'string' ? targets : [...targets].sort()
}

test('the base is named, where there is one', () => {
  const modules = modulesOf(golden, 'llama')
  const config = completeConfig('demo')
  const adapted = adaptedModules('demo', config, modules)
  for (const baseModel of ['owner/name', undefined]) {
    const written = peftConfig({ config, adapted, modules, baseModel, taskType: 'FEATURE_EXTRACTION' })
    assert.deepEqual([written.base_model_name_or_path, written.task_type], [baseModel ?? null, 'FEATURE_EXTRACTION'])
  }
})
