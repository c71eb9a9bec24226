// What an adapter's configuration may say, and which modules it adapts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdaptedModule, adaptedModules, type LinearModule } from '#xling/adapter/adapted-modules'
import { type AdapterConfig, completeConfig } from '#xling/adapter/adapter-config'
import { throws } from '../boundary/throws.js'

const untyped = <T>(value: unknown) => value as T

// Two blocks of three modules.
const modules: LinearModule[] = ['model.layers.0', 'model.layers.1'].flatMap((layer, i) => [
  { name: `${layer}.self_attn.q_proj`, slot: `layers.${i}.query`, outputs: 8, inputs: 6 },
  { name: `${layer}.self_attn.k_proj`, slot: `layers.${i}.key`, outputs: 4, inputs: 6 },
  { name: `${layer}.mlp.down_proj`, slot: `layers.${i}.down`, outputs: 6, inputs: 12 },
])

const adapt = (config: AdapterConfig) => adaptedModules('demo', completeConfig('demo', config), modules)
const slots = (adapted: readonly AdaptedModule[]) => adapted.map(({ slot }) => slot).join(' ')

// Each value, and where the message says that it stands.
const refused: [given: object, at: string][] = [
  ...[0, -1, 1.5, 65537, Number.NaN, '8', null, 8n].map((rank): [object, string] => [
    { rank: untyped(rank) },
    'rank is ',
  ]),
  ...[0, -2, Number.NaN, Number.POSITIVE_INFINITY, '8'].map((alpha): [object, string] => [{ alpha }, 'alpha is ']),
  ...[-0.1, 1, 2, Number.NaN, '0'].map((dropout): [object, string] => [{ dropout }, 'dropout is ']),
  ...[-1, 0.5, 2 ** 53, '1'].map((seed): [object, string] => [{ seed }, 'seed is ']),
  ...[0, 'yes', null].map((rsLora): [object, string] => [{ rsLora }, 'rsLora is ']),
  ...[[], '', 7, null, {}].map((targets): [object, string] => [{ targets }, 'targets is ']),
  [{ targets: ['q_proj', ''] }, "targets[1] is ''"],
  [{ targets: ['q_proj', 1] }, 'targets[1] is 1'],
  [{ targets: '(q_proj' }, "targets is '(q_proj' but must be a regular expression"],
  [{ targets: 'a)|(b' }, "targets is 'a)|(b'"],
  [{ targets: '(?i)q_proj' }, "targets is '(?i)q_proj'"],
  [{ targets: '\\Aq_proj\\Z' }, "targets is '\\Aq_proj\\Z'"],
  [{ rankPattern: { '[': 4 } }, "a key of rankPattern is '['"],
  [{ rankPattern: { q_proj: 0 } }, "rankPattern['q_proj'] is 0"],
  [{ rankPattern: [4] }, 'rankPattern is [4]'],
  [{ alphaPattern: { q_proj: '4' } }, "alphaPattern['q_proj'] is '4'"],
  [{ alphaPattern: { '*': 4 } }, "a key of alphaPattern is '*'"],
  [{ alphaPattern: null }, 'alphaPattern is null'],
]

for (const [given, at] of refused)
  test(`refused: ${Object.keys(given)[0]}, ${at}`, async () => {
    await throws(() => completeConfig('demo', given), 'ERR_INVALID_ARGUMENT', `adapter 'demo': ${at}`)
  })

test('a key that is none is named with the nearest', async () => {
  await throws(() => completeConfig('demo', untyped({ lora_alpha: 8 })), 'ERR_UNKNOWN_OPTION', "mean 'alpha'")
  await throws(() => completeConfig('demo', untyped(null)), 'ERR_INVALID_ARGUMENT', "adapter 'demo'")
})

test('a target that is no module is named, with the nearest and what there is', async () => {
  const all = 'the model has q_proj, k_proj, down_proj, whole names are like model.layers.0.self_attn.q_proj'
  const unmatched: [AdapterConfig, string][] = [
    [{ targets: ['q_proj', 'v_proj'] }, "targets has 'v_proj', which matches no module; did you mean 'q_proj'?"],
    [{ targets: ['proj'] }, "targets has 'proj'"],
    [{ targets: ['lm_head'] }, "targets has 'lm_head'"],
    [{ targets: 'q_proj' }, "targets has 'q_proj'"],
    [{ targets: '.*\\.q_' }, "targets has '.*\\.q_'"],
    [{ rankPattern: { v_proj: 4 } }, "rankPattern has 'v_proj', which matches no adapted module"],
    [{ targets: ['q_proj'], alphaPattern: { k_proj: 4 } }, "alphaPattern has 'k_proj', which matches no adapted"],
  ]
  for (const [config, problem] of unmatched) {
    await throws(() => adapt(config), 'ERR_INVALID_ARGUMENT', `adapter 'demo': ${problem}`)
    await throws(() => adapt(config), 'ERR_INVALID_ARGUMENT', all)
  }
})

test('an expression that backtracks without end is stopped', async () => {
  for (const config of [{ targets: '([a-z._0-9]+)+[A-Z]' }, { rankPattern: { '([a-z._0-9]*)*[A-Z]': 4 } }])
    await throws(() => adapt(config), 'ERR_INVALID_ARGUMENT', 'takes too long to match')
})

test('what is left out has its default, undefined too', () => {
  const defaults = { rank: 8, alpha: 8, dropout: 0, targets: 'all-linear', rsLora: false, seed: 0 }
  const complete = { ...defaults, rankPattern: {}, alphaPattern: {} }
  assert.deepEqual(completeConfig('demo'), complete)
  assert.deepEqual(completeConfig('demo', untyped({ rank: undefined, targets: undefined })), complete)
  assert.equal(completeConfig('demo', { targets: 'All-Linear' }).targets, 'all-linear')
})

test('the extremes are accepted', () => {
  const extremes = { rank: 65536, alpha: 1e-9, dropout: 0.999, seed: Number.MAX_SAFE_INTEGER, rsLora: true }
  assert.deepEqual({ ...completeConfig('demo', extremes), ...extremes }, completeConfig('demo', extremes))
})

const targeted: [AdapterConfig['targets'], slots: string][] = [
  ['all-linear', 'layers.0.query layers.0.key layers.0.down layers.1.query layers.1.key layers.1.down'],
  [['k_proj', 'q_proj', 'k_proj'], 'layers.0.query layers.0.key layers.1.query layers.1.key'],
  [['model.layers.1.mlp.down_proj'], 'layers.1.down'],
  [['1.self_attn.q_proj', 'mlp.down_proj'], 'layers.0.down layers.1.query layers.1.down'],
  ['.*\\.(q|k)_proj', 'layers.0.query layers.0.key layers.1.query layers.1.key'],
  ['model|.*1.*k_proj', 'layers.1.key'],
  ['model\\.layers\\.0\\.mlp\\.down_proj|.*1.*k_proj', 'layers.0.down layers.1.key'],
]

for (const [targets, expected] of targeted)
  test(`targets ${JSON.stringify(targets)}`, () => assert.equal(slots(adapt(targets ? { targets } : {})), expected))

test('a scale is alpha / rank, or alpha / √rank', () => {
  const config: AdapterConfig = {
    rank: 4,
    alpha: 6,
    rankPattern: { 'layers.1.self_attn.q_proj': 16, q_proj: 9 },
    alphaPattern: { 'self_attn\\..*': 3, q_proj: 100 },
  }
  const expected = [
    ['layers.0.query', 9, 3],
    ['layers.0.key', 4, 3],
    ['layers.0.down', 4, 6],
    ['layers.1.query', 16, 3],
    ['layers.1.key', 4, 3],
    ['layers.1.down', 4, 6],
  ] as const
  for (const rsLora of [false, true])
    assert.deepEqual(
      adapt({ ...config, rsLora }).map(({ slot, rank, alpha, scale }) => [slot, rank, alpha, scale]),
      expected.map(([slot, rank, alpha]) => [slot, rank, alpha, alpha / (rsLora ? Math.sqrt(rank) : rank)]),
    )
})

test('a rank above the sizes of a layer is allowed', () =>
  assert.deepEqual(
    adapt({ rank: 100 }).map(({ rank }) => rank),
    Array(6).fill(100),
  ))
