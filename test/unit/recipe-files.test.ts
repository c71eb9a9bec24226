// Recipes as files: what is read, where its paths lead, and what stands in the package for people and editors.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { parseRecipe, readRecipe } from '#xling/pipeline/recipe/read-recipe'
import { recipeJsonSchema } from '#xling/pipeline/recipe/recipe'
import { resolvePaths } from '#xling/pipeline/recipe/resolve-paths'
import { throws } from '../boundary/throws.js'
import { emptyFolder } from './hub/fake-hub.js'

const root = dirname(fileURLToPath(import.meta.resolve('xling/package.json')))

function written(t: TestContext, content: string | Uint8Array): string {
  const file = join(emptyFolder(t), 'recipe.yaml')
  writeFileSync(file, content)
  return file
}

test('what is no file is refused with its path', async t => {
  const folder = emptyFolder(t)
  writeFileSync(join(folder, 'file'), '')
  for (const name of ['none.yaml', 'file/none.yaml'])
    await throws(() => readRecipe(join(folder, name)), 'ERR_FILE_NOT_FOUND', `there is no file ${join(folder, name)}`)
  await throws(() => readRecipe(folder), 'ERR_FILE_FAILED', `cannot read ${folder}`)
})

test('what is no recipe is refused with its path', async t => {
  for (const [content, message] of [
    [Buffer.from('# für\nseed: 1\n', 'latin1'), ' is not UTF-8; save it as UTF-8'],
    ['', ' is empty'],
    ['sed: 1', ":1:1: sed: there is no key 'sed'; did you mean 'seed'?"],
  ] as const) {
    const file = written(t, content)
    await throws(() => readRecipe(file), 'ERR_INVALID_RECIPE', `${file}${message}`)
  }
})

const pathOf = (data: unknown) => (typeof data === 'string' ? data : (data as { path: string }).path)

const recipeOf = (model: string, data: unknown) =>
  JSON.stringify({
    adapt: {
      model,
      train: { lr: 1 },
      adapters: { positive: { data, evaluate: { data } }, negative: { data } },
    },
    synthesize: { model, adapters: { negative: pathOf(data) }, sentences: data },
    'train-encoder': { model, data, train: { lr: 1 }, evaluate: { task: 'sts', data: pathOf(data) } },
    evaluate: { model, sets: { some: { task: 'retrieval', data: pathOf(data) } } },
  })

/** Where the recipe's model, and each of its data, lead. */
async function leadTo(file: string, model: string, data: unknown) {
  writeFileSync(file, recipeOf(model, data))
  const { adapt, synthesize, 'train-encoder': encoder, evaluate } = await readRecipe(file)
  for (const stage of [synthesize, encoder, evaluate]) assert.equal(stage?.model, adapt?.model)
  const { positive, negative } = adapt?.adapters ?? {}
  const sources = [positive?.data, positive?.evaluate?.data, negative?.data, synthesize?.sentences, encoder?.data]
  for (const source of sources) assert.deepEqual(source, sources[0])
  for (const path of [encoder?.evaluate?.data, evaluate?.sets.some?.data, synthesize?.adapters.negative])
    assert.equal(path, pathOf(sources[0]))
  // It is the name of an adapter that the recipe makes.
  assert.equal(synthesize?.adapters.positive, 'positive')
  assert.equal(negative?.evaluate, undefined)
  return { model: adapt?.model, data: sources[0] }
}

test("data are beside the recipe, but for whole paths and the hub's", async t => {
  const file = written(t, '')
  const folder = dirname(file)
  const to = async (data: unknown) => (await leadTo(file, 'a', data)).data
  assert.equal(await to('a/b.csv'), join(folder, 'a/b.csv'))
  assert.equal(await to('../*.jsonl'), join(dirname(folder), '*.jsonl'))
  assert.equal(await to('/data/a.csv'), '/data/a.csv')
  assert.equal(await to('hf://datasets/owner/name/../x.csv'), 'hf://datasets/owner/name/../x.csv')
  assert.deepEqual(await to({ path: 'a.csv', limit: 3 }), { path: join(folder, 'a.csv'), limit: 3 })
  assert.deepEqual(await to({ path: 'hf://datasets/a/b/c.csv' }), { path: 'hf://datasets/a/b/c.csv' })
})

test("a model is beside the recipe if it is a path or a folder there, else it is the hub's", async t => {
  const file = written(t, '')
  const folder = dirname(file)
  mkdirSync(join(folder, 'owner/here'), { recursive: true })
  writeFileSync(join(folder, 'owner/file'), '')
  const to = async (model: string) => (await leadTo(file, model, 'a')).model
  for (const model of [
    'owner/name',
    'name@main',
    'owner/file',
    '/models/a',
    '/a.gguf',
    '~/models/a',
    '~/a.gguf',
    '.hidden',
  ])
    assert.equal(await to(model), model)
  for (const model of ['./name', '../name', '..', '.', 'base.gguf', 'models/Base.GGUF', 'owner/here'])
    assert.equal(await to(model), join(folder, model).replace(/\/$/, ''))
})

test('a recipe that is given by a relative path has whole paths too', async t => {
  const file = written(t, recipeOf('./a', 'b.csv'))
  const { adapt } = await readRecipe(relative('.', file))
  assert.deepEqual(
    [adapt?.model, adapt?.adapters.positive?.data],
    [join(dirname(file), 'a'), join(dirname(file), 'b.csv')],
  )
})

test('sums name adapters of the recipe, and folders beside it', async t => {
  const file = written(
    t,
    `adapt: { model: ./a, train: { lr: 1 }, adapters: { positive: { data: b } } }
compose: { adapters: { both: { sum: { positive: 1, hausa: -0.5, both: 2 } } } }
merge: { model: ./c, sum: { both: 1, positive: 0, ../english: 3, ./../english: -1 }, dtype: f32 }
synthesize: { sentences: d, adapters: { positive: both, negative: other } }`,
  )
  const folder = dirname(file)
  const { compose, merge, synthesize } = await readRecipe(file)
  // What is composed cannot be a part of what is composed.
  const inFolder = (name: string) => join(folder, name)
  assert.deepEqual(compose?.adapters.both?.sum, { positive: 1, [inFolder('hausa')]: -0.5, [inFolder('both')]: 2 })
  assert.deepEqual(merge, {
    ...{ model: inFolder('c'), dtype: 'f32' },
    // Two spellings of one folder.
    sum: { both: 1, positive: 0, [join(dirname(folder), 'english')]: 2 },
  })
  assert.deepEqual(synthesize?.adapters, { positive: 'both', negative: inFolder('other') })
})

test('a recipe without stages has no paths', async () => {
  assert.deepEqual(await resolvePaths({ seed: 1, device: 'cpu' }, '/x'), { seed: 1, device: 'cpu' })
})

test('the example of a sum has a task and the difference of two languages', async () => {
  const { compose, synthesize } = await readRecipe(join(root, 'examples/compose.yaml'))
  for (const task of ['positive', 'negative'] as const) {
    const weights = Object.entries(compose?.adapters[`${task}-hausa`]?.sum ?? {})
    assert.deepEqual(
      weights.map(([, weight]) => weight),
      [1, 0.5, -0.5],
    )
    assert.equal(weights[0]?.[0], task)
    assert.equal(synthesize?.adapters[task], `${task}-hausa`)
  }
})

test('the example has the reference settings of XL-LoRA', async () => {
  const { seed, adapt, 'train-encoder': encoder } = await readRecipe(join(root, 'examples/xl-lora.yaml'))
  assert.equal(seed, 42)
  assert.equal(adapt?.quantize, 'nf4d')
  assert.deepEqual(adapt?.adapter, { rank: 8, alpha: 16, dropout: 0.05, targets: 'all-linear' })
  assert.deepEqual(adapt?.train, {
    epochs: 3,
    batchSize: 16,
    accumulation: 4,
    maxTokens: 512,
    lr: 2e-4,
    schedule: 'constant',
    clip: 0.3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 0,
  })
  assert.deepEqual(Object.keys(adapt?.adapters ?? {}), ['positive', 'negative'])
  assert.deepEqual(encoder?.train, {
    epochs: 3,
    batchSize: 512,
    maxTokens: 32,
    lr: 5e-5,
    schedule: 'linear',
    clip: 1,
    temperature: 0.05,
  })
  assert.deepEqual([encoder?.objective, encoder?.pooling], ['contrastive', 'avg_first_last'])
})

test("the README's recipe is one", () => {
  const recipes = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```yaml\n(.*?)```/gs)]
  assert.equal(recipes.length, 1)
  const recipe = parseRecipe(recipes[0]?.[1] ?? '', 'README.md')
  for (const stage of ['adapt', 'synthesize', 'train-encoder', 'evaluate'] as const) assert.ok(recipe[stage], stage)
})

// By the address that the package exports.
const committed = JSON.parse(readFileSync(fileURLToPath(import.meta.resolve('xling/recipe.schema.json')), 'utf8'))

test("the package's JSON Schema is what recipes are checked by; scripts/write-recipe-schema.js writes it", () => {
  assert.equal(JSON.stringify(committed), JSON.stringify(recipeJsonSchema()))
})

const valid = { seed: 1, ...JSON.parse(recipeOf('owner/name', { path: 'a.csv', where: { label: [0, 'x'] } })) }

// Each takes the recipe apart at one place.
const broken: [what: string, breaks: (recipe: typeof valid) => void][] = [
  ['a misspelt key', recipe => (recipe.sed = 1)],
  ['a misspelt key of a stage', recipe => (recipe.adapt.adaptor = {})],
  ['a misspelt key of a training', recipe => (recipe.adapt.train.learningRate = 1)],
  ["the other objective's key", recipe => (recipe['train-encoder'].train.maskProbability = 0.5)],
  ["a misspelt key of an adapter's evaluation", recipe => (recipe.adapt.adapters.positive.evaluate.dta = 'a')],
  ['a misspelt key of a source', recipe => (recipe['train-encoder'].data.limt = 1)],
  ['no model', recipe => delete recipe.adapt.model],
  ['no rate', recipe => delete recipe['train-encoder'].train.lr],
  ['a rate of 0', recipe => (recipe.adapt.train.lr = 0)],
  ['three betas', recipe => (recipe.adapt.train.betas = [0.1, 0.2, 0.3])],
  ['a rank of 0', recipe => (recipe.adapt.adapter = { rank: 0 })],
  ['a device that is none', recipe => (recipe.device = 'gpu')],
  ['no adapter', recipe => (recipe.adapt.adapters = {})],
  ['a name with a dot', recipe => (recipe.adapt.adapters = { 'a.b': { data: 'a', task: 'positive' } })],
  ['half a row', recipe => (recipe['train-encoder'].data.limit = 0.5)],
  ['a temperature below 0', recipe => (recipe.synthesize.temperature = -1)],
  ['no sentences', recipe => delete recipe.synthesize.sentences],
  ['no set', recipe => (recipe.evaluate.sets = {})],
  ['a split of scored pairs', recipe => (recipe['train-encoder'].evaluate.split = 'test')],
]

test('by the JSON Schema the recipe is valid', () => {
  assert.deepEqual(z.fromJSONSchema(committed).safeParse(valid).error?.issues, undefined)
})

for (const [what, breaks] of broken)
  test(`by the JSON Schema it is not with ${what}`, () => {
    const recipe = structuredClone(valid)
    breaks(recipe)
    assert.equal(z.fromJSONSchema(committed).safeParse(recipe).success, false)
  })
