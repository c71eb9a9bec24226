// The tensors of an adapter's file, put in their places or refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LinearModule } from '#xling/adapter/adapted-modules'
import { completeConfig } from '#xling/adapter/adapter-config'
import { readPeftConfig } from '#xling/adapter/peft-config'
import { type AdapterBase, loraNames, moduleOf, resolveAdapter } from '#xling/adapter/peft-names'
import { throws } from '../boundary/throws.js'
import { modulesOf, readPeftGolden } from '../golden/peft/peft-golden.js'

const golden = await readPeftGolden()
const modules: LinearModule[] = [
  { name: 'model.layers.0.self_attn.q_proj', slot: 'layers.0.query', outputs: 8, inputs: 6 },
  { name: 'model.layers.0.mlp.down_proj', slot: 'layers.0.down', outputs: 6, inputs: 12 },
]
const base: AdapterBase = { modules, spellings: [name => name], isForeign: () => false }

const query = 'base_model.model.model.layers.0.self_attn.q_proj'
const down = 'base_model.model.model.layers.0.mlp.down_proj'
const whole = {
  [`${query}.lora_A.weight`]: [2, 6],
  [`${query}.lora_B.weight`]: [8, 2],
}
const config = completeConfig('', { rank: 2, targets: ['q_proj'] })

type Shapes = Record<string, number[] | undefined>
const tensorsOf = (shapes: Shapes) =>
  new Map(Object.entries(shapes).flatMap(([name, shape]) => (shape ? [[name, { shape }] as const] : [])))
const resolve = (changes: Shapes, of = base) =>
  resolveAdapter(config, { file: 'a.safetensors', tensors: tensorsOf({ ...whole, ...changes }) }, of)

const refused: [what: string, changes: Shapes, ...message: string[]][] = [
  ['nothing', { [`${query}.lora_A.weight`]: undefined, [`${query}.lora_B.weight`]: undefined }, 'lacks 2 of its 2'],
  ['no A', { [`${query}.lora_A.weight`]: undefined }, `lacks 1 of its 2 tensors (${query}.lora_A.weight)`],
  ['no B', { [`${query}.lora_B.weight`]: undefined }, `lacks 1 of its 2 tensors (${query}.lora_B.weight)`],
  [
    'a module too many',
    { [`${down}.lora_A.weight`]: [2, 12], [`${down}.lora_B.weight`]: [6, 2] },
    `has 2 for modules that its configuration does not adapt (${down}.lora_A.weight, ${down}.lora_B.weight)`,
  ],
  [
    'another layer',
    { 'base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight': [2, 6] },
    'has 1 that belong to no linear layer of this model (base_model.model.model.layers.1.',
  ],
  ['an embedding', { 'base_model.model.model.embed_tokens.lora_embedding_A': [2, 9] }, 'belong to no linear layer'],
  ['magnitudes', { [`${query}.lora_magnitude_vector`]: [8] }, 'belong to no linear layer'],
  ['a bias', { [`${query}.lora_B.bias`]: [8] }, 'belong to no linear layer'],
  ['an adapter’s name', { [`${query}.lora_A.default.weight`]: [2, 6] }, 'belong to no linear layer'],
  [
    'no prefix',
    { [`${query}.lora_A.weight`]: undefined, 'model.layers.0.self_attn.q_proj.lora_A.weight': [2, 6] },
    'lacks 1 of',
    'has 1 that belong to no linear layer',
  ],
  ['another rank', { [`${query}.lora_A.weight`]: [3, 6] }, `${query}.lora_A.weight is [3,6] but`, 'make it [2,6]'],
  ['A lying down', { [`${query}.lora_A.weight`]: [6, 2] }, `${query}.lora_A.weight is [6,2]`, 'make it [2,6]'],
  ['a wide B', { [`${query}.lora_B.weight`]: [8, 3] }, `${query}.lora_B.weight is [8,3] but`, 'make it [8,2]'],
  ['a short B', { [`${query}.lora_B.weight`]: [4, 2] }, `${query}.lora_B.weight is [4,2] but`, 'make it [8,2]'],
  ['a flat A', { [`${query}.lora_A.weight`]: [12] }, `${query}.lora_A.weight is [12] but`],
  ['a deep A', { [`${query}.lora_A.weight`]: [2, 6, 1] }, `${query}.lora_A.weight is [2,6,1] but`],
  ['a scalar', { [`${query}.lora_A.weight`]: [] }, `${query}.lora_A.weight is [] but`],
]

for (const [what, changes, ...message] of refused)
  test(`refused: ${what}`, async () => {
    for (const part of ['a.safetensors: ', ...message])
      await throws(() => resolve(changes), 'ERR_WEIGHTS_MISMATCH', part)
  })

test('targets that match nothing at all are refused', () =>
  throws(
    () => resolveAdapter(completeConfig('', { targets: ['c_attn'] }), { file: 'f', tensors: tensorsOf(whole) }, base),
    'ERR_WEIGHTS_MISMATCH',
    'f: its target_modules match no module of this model, which has model.layers.0.self_attn.q_proj, ',
  ))

test('an expression that takes too long is refused', () =>
  throws(
    () =>
      resolveAdapter(
        completeConfig('', { targets: '([a-z._0-9]+)+[A-Z]' }),
        { file: 'f', tensors: tensorsOf(whole) },
        base,
      ),
    'ERR_UNSUPPORTED_FILE',
    'the configuration beside f: targets has ',
  ))

test('a target of another family beside those that match is passed over', () => {
  const both = completeConfig('', { rank: 2, targets: ['query_key_value', 'q_proj'] })
  const resolved = resolveAdapter(both, { file: 'f', tensors: tensorsOf(whole) }, base)
  assert.deepEqual(resolved, [{ ...modules[0], rank: 2, alpha: 8, scale: 4, ...loraNames(modules[0]?.name ?? '') }])
})

test('names lead to modules and back', () => {
  for (const { name } of modules)
    for (const tensor of Object.values(loraNames(name))) assert.equal(moduleOf(tensor), name)
  for (const other of ['lora_A.weight', `${query}.lora_C.weight`, `${query}.weight`, `x${query}.lora_A.weight`])
    assert.equal(moduleOf(other), undefined)
})

// As `Spelling`s of a multimodal Gemma 3 make them.
const spellings = ['language_model.model.', 'model.language_model.', 'model.', ''].map(
  prefix => (name: string) => name.replace(/^model\./, prefix),
)
const isForeign = (name: string) => /^(model\.)?vision_tower\./.test(name)

for (const [i, { config, model, tensors }] of golden.cases.entries())
  test(`what PEFT saves resolves: ${i}, ${model}`, () => {
    // Under the names that a model of text alone has.
    const own = modulesOf(golden, model).map(module => ({
      ...module,
      name: module.name.replace('model.language_model.', 'model.'),
    }))
    const resolved = resolveAdapter(
      readPeftConfig('a.json', config),
      { file: 'f', tensors: tensorsOf(tensors) },
      { modules: own, spellings, isForeign },
    )
    assert.deepEqual(
      resolved.flatMap(({ a, b }) => [a, b]).sort(),
      Object.keys(tensors).filter(name => !name.includes('vision_tower')),
    )
    for (const { name, a, slot } of resolved) {
      assert.ok(name.startsWith('model.layers.'))
      assert.equal(slot, `slot of ${moduleOf(a)}`)
    }
  })

test('every spelling is found, and none is mixed with another', async () => {
  const spelled = (prefix: string, name: string) =>
    name.replace('base_model.model.model.', `base_model.model.${prefix}`)
  const multimodal = { ...base, spellings, isForeign }
  for (const prefix of ['language_model.model.', 'model.language_model.', 'model.', '']) {
    const tensors = Object.fromEntries(Object.entries(whole).map(([name, shape]) => [spelled(prefix, name), shape]))
    const [resolved] = resolveAdapter(config, { file: 'f', tensors: tensorsOf(tensors) }, multimodal)
    assert.equal(resolved?.name, modules[0]?.name)
    assert.equal(resolved?.b, spelled(prefix, `${query}.lora_B.weight`))
  }
  const a = `${query}.lora_A.weight`
  const mixed = { [a]: undefined, [spelled('model.language_model.', a)]: [2, 6] }
  await throws(() => resolve(mixed, multimodal), 'ERR_WEIGHTS_MISMATCH', 'lacks 1 of its 2 tensors')
})

test('what is foreign counts as foreign only under the names of an adapter', async () => {
  const multimodal = { ...base, spellings, isForeign }
  const vision = 'vision_tower.layers.0.q_proj.lora_A.weight'
  assert.equal(resolve({ [`base_model.model.${vision}`]: [1, 1] }, multimodal).length, 1)
  for (const prefix of ['', 'some_model.model.'])
    await throws(() => resolve({ [prefix + vision]: [1, 1] }, multimodal), 'ERR_WEIGHTS_MISMATCH', prefix + vision)
  await throws(() => resolve({ [`base_model.model.${vision}`]: [1, 1] }), 'ERR_WEIGHTS_MISMATCH', vision)
})
