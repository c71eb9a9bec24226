// What a recipe may say, and how it is told what it may not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdapterConfig, completeConfig } from '#xling/adapter/adapter-config'
import { taskOf } from '#xling/pipeline/recipe/adapt'
import { parseRecipe } from '#xling/pipeline/recipe/read-recipe'
import { adaptWith, minimalAdapt, minimalEncoder, problems } from './recipe/problems.js'

// JSON is YAML.
const parse = (recipe: unknown) => parseRecipe(JSON.stringify(recipe, null, 2), 'r.yaml')

test('a recipe has the seed, the device and the objective if it says nothing of them', () => {
  assert.deepEqual(parse({ adapt: minimalAdapt, 'train-encoder': minimalEncoder }), {
    seed: 42,
    device: 'auto',
    adapt: minimalAdapt,
    'train-encoder': { ...minimalEncoder, objective: 'contrastive' },
  })
})

test('every key comes through as it was given', () => {
  const train = {
    epochs: 0.5,
    steps: 7,
    batchSize: 2,
    accumulation: 3,
    maxTokens: 32,
    lr: 5e-5,
    schedule: 'cosine',
    warmup: 0.1,
    weightDecay: 0,
    noDecay: '(bias|norm\\.weight)$',
    clip: 0.3,
    betas: [0, 0.999],
    eps: 1e-12,
    dropout: 0,
    recompute: true,
    seed: 0,
    evaluateEvery: 1,
    patience: 1,
    checkpointEvery: 1,
  }
  const adapter = {
    rank: 65536,
    alpha: 0.5,
    dropout: 0.99,
    targets: ['q_proj', 'layers.0.mlp.down_proj'],
    rankPattern: { 'q_proj|k_proj': 4 },
    alphaPattern: { q_proj: 1.5 },
    rsLora: true,
  }
  const data = {
    path: 'hf://datasets/owner/name@main/*.parquet',
    format: 'parquet',
    schema: 'nli',
    columns: { premise: 'sentence 1' },
    where: { language: ['sw', 'ha'], gold: true, label: 1 },
    limit: 500,
    offset: 0,
    shuffleSeed: 0,
    skipBadRows: true,
  }
  const contrastive = { temperature: 1, hardNegativeWeight: -2.5, directions: 'both' }
  const recipe = {
    seed: Number.MAX_SAFE_INTEGER,
    device: 'cpu',
    adapt: {
      model: './base.gguf',
      quantize: 'q4_0',
      adapter,
      template: 'plain',
      train: { ...train, warmup: 100 },
      adapters: {
        'Positive_2-x': { data, task: 'positive', evaluate: { data } },
        negative: { data, task: 'negative' },
      },
    },
    'train-encoder': {
      model: 'owner/name@v1',
      pooling: 'cls_before_pooler',
      adapter: { targets: '.*_proj' },
      objective: 'contrastive',
      data,
      train: { ...train, ...contrastive },
      evaluate: { task: 'sts', data: 'a/*.csv' },
    },
    synthesize: {
      model: 'other/model',
      quantize: 'nf4',
      adapters: { positive: 'Positive_2-x', negative: './folder' },
      sentences: data,
      template: 'gemma',
      maxTokens: 64,
      maxNewTokens: 1,
      batchSize: 4096,
      temperature: 0,
      topK: 0,
      topP: 1,
      minP: 0.5,
      repetitionPenalty: 1.1,
      filters: { script: 'any', maxLengthRatio: 1 },
    },
    evaluate: {
      model: 'owner/name',
      sets: {
        'hau test': { task: 'semrel', data: 'hf://datasets/a/b/c.csv' },
        found: { task: 'retrieval', data: 'beir/scifact', split: 'dev' },
      },
    },
  }
  assert.deepEqual(parse(recipe), recipe)
  const maskedLm = { ...minimalEncoder, objective: 'masked-lm', train: { lr: 1, maskProbability: 0.15 } }
  assert.deepEqual(parse({ 'train-encoder': maskedLm })['train-encoder'], maskedLm)
})

test("an adapter's keys are those of its configuration, but for the seed", () => {
  const { seed: _, ...config } = completeConfig('a')
  const { adapter } = parse({ adapt: { ...minimalAdapt, adapter: config } }).adapt ?? {}
  assert.deepEqual(adapter, config)
  const given: AdapterConfig = { ...adapter, seed: 1 }
  assert.deepEqual(completeConfig('a', given), { ...config, seed: 1 })
})

test('a key is taken for the nearest, or for what abbreviates it', () => {
  const meant = (key: string) => /did you mean '(\w+)'/.exec(adaptWith({ train: { lr: 1, [key]: 1 } }))?.[1]
  assert.deepEqual(['learningRate', 'learning_rate', 'LR', 'batch_size', 'maxtokens', 'epoch'].map(meant), [
    'lr',
    'lr',
    'lr',
    'batchSize',
    'maxTokens',
    'epochs',
  ])
})

test('all that is wrong is told at once, from the top, with its place', () => {
  const text = `# A recipe
seed: -1
device: &device cuda0
adapt:
  model: *device
  train:
    learningRate: 2e-4
    betas:
      - 0.9
      - "0.99"
  adapters:
    positive: &one { data: { path: x, limt: 5 } }
    negative: *one
    a b:
      data: y
`
  assert.deepEqual(
    problems(text).map(line => line.replace(/;.*|: is .*/, '')),
    [
      'r.yaml:2:7: seed',
      'r.yaml:3:17: device',
      'r.yaml:6:3: adapt.train.lr',
      "r.yaml:7:5: adapt.train.learningRate: there is no key 'learningRate'",
      'r.yaml:10:9: adapt.train.betas[1]',
      "r.yaml:12:39: adapt.adapters.positive.data.limt: there is no key 'limt'",
      "r.yaml:12:39: adapt.adapters.negative.data.limt: there is no key 'limt'",
      "r.yaml:14:5: adapt.adapters['a b']: the key must be a name of ASCII letters, digits, _ and -",
    ],
  )
})

test('ten things that are wrong, and how many more', () => {
  const keys = Array.from({ length: 12 }, (_, i) => `key${i}: 1`).join('\n')
  const lines = problems(keys)
  assert.equal(lines.length, 11)
  assert.match(lines[9] ?? '', /^r\.yaml:10:1: key9: /)
  assert.equal(lines[10], 'and 2 more')
  assert.equal(problems(keys.split('\n').slice(0, 10).join('\n')).length, 10)
})

test('line breaks in keys and values do not break a message', () => {
  const [first = '', second = '', ...others] = problems(
    JSON.stringify({ 'a\nb': 1, sed: 1, device: 'c\r\nd' }, null, 1),
  )
  assert.match(first, /^r\.yaml:2:2: \['a\\nb'\]: there is no key 'a\\nb'; did you mean/)
  assert.match(second, /^r\.yaml:3:2: sed: there is no key 'sed'; did you mean 'seed'/)
  assert.equal(others.length, 1)
  assert.match(others[0] ?? '', /^r\.yaml:4:12: device: is 'c\\nd' but/)
})

test("an adapter's task is the one it has, else the one it is called by", () => {
  assert.equal(taskOf('positive', {}), 'positive')
  assert.equal(taskOf('other', { task: 'negative' }), 'negative')
})
