// What a recipe may say, and how it is told what it may not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdapterConfig, alphaRange, completeConfig, dropoutRange, rankRange } from '#xling/adapter/adapter-config'
import { XlingError } from '#xling/binding/errors'
import { taskOf } from '#xling/pipeline/recipe/adapt'
import { parseRecipe } from '#xling/pipeline/recipe/read-recipe'
import { throws } from '../boundary/throws.js'

const minimalAdapt = { model: 'owner/name', train: { lr: 1e-3 }, adapters: { positive: { data: 'pos.csv' } } }
const minimalEncoder = { model: 'owner/name', data: 'triplets.csv', train: { lr: 1e-3 } }

// JSON is YAML.
const parse = (recipe: unknown) => parseRecipe(JSON.stringify(recipe, null, 2), 'r.yaml')

/** The lines of what is wrong. */
function problems(text: string): string[] {
  try {
    parseRecipe(text, 'r.yaml')
  } catch (error) {
    assert.ok(error instanceof XlingError, `${error}`)
    assert.equal(error.code, 'ERR_INVALID_RECIPE')
    return error.message.split('\n')
  }
  assert.fail('nothing was thrown')
}

test('a recipe has the seed, the device, the template and the objective if it says nothing of them', () => {
  assert.deepEqual(parse({ adapt: minimalAdapt, 'train-encoder': minimalEncoder }), {
    seed: 42,
    device: 'auto',
    adapt: { ...minimalAdapt, template: 'plain' },
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
      evaluate: { task: 'sts', data },
    },
  }
  assert.deepEqual(parse(recipe), recipe)
  const maskedLm = { ...minimalEncoder, objective: 'masked-lm', train: { lr: 1, maskProbability: 0.15 } }
  assert.deepEqual(parse({ 'train-encoder': maskedLm })['train-encoder'], maskedLm)
})

// What is wrong with a part that has one fault.
const adaptWith = (more: object) => problems(JSON.stringify({ adapt: { ...minimalAdapt, ...more } })).join('\n')
const encoderWith = (more: object) =>
  problems(JSON.stringify({ 'train-encoder': { ...minimalEncoder, ...more } })).join('\n')

const wholeFrom = (from: number) =>
  [[from - 1, from + 0.5, '2', null, 2 ** 53, []], `a whole number from ${from}`] as const
const above0 = [[0, -1, '1', null, true], 'a number above 0'] as const
const share = [[-0.1, 1, '0', null], 'a number from 0 to below 1'] as const
const truth = [[0, 'yes', null], 'true or false'] as const

const wrongTraining: Record<string, readonly [values: readonly unknown[], accepted: string]> = {
  epochs: above0,
  steps: wholeFrom(1),
  batchSize: wholeFrom(1),
  accumulation: wholeFrom(1),
  maxTokens: wholeFrom(1),
  lr: above0,
  schedule: [['step', null, 1], "one of 'constant', 'linear', 'cosine'"],
  weightDecay: [[-1, '0', null], 'a number from 0'],
  noDecay: [['', 1, null], 'a regular expression'],
  clip: above0,
  betas: [[[0.9], [0.9, 0.99, 0.999], 0.9, null], 'two numbers from 0 to below 1'],
  eps: above0,
  dropout: share,
  recompute: truth,
  seed: wholeFrom(0),
  evaluateEvery: wholeFrom(1),
  patience: wholeFrom(1),
  checkpointEvery: wholeFrom(1),
}

for (const [key, [values, accepted]] of Object.entries(wrongTraining))
  test(`refused: a training's ${key}`, () => {
    for (const value of values)
      for (const given of [adaptWith, encoderWith]) {
        const message = given({ train: { lr: 1, [key]: value } })
        assert.ok(message.includes(`.train.${key}: is `) && message.includes(`but must be ${accepted}`), message)
      }
  })

const wrongContrastive: typeof wrongTraining = {
  temperature: above0,
  hardNegativeWeight: [['0', null], 'a number'],
  directions: [['backward', null], "one of 'forward', 'both'"],
}

for (const [key, [values, accepted]] of Object.entries(wrongContrastive))
  test(`refused: the contrastive ${key}`, () => {
    for (const value of values) {
      const message = encoderWith({ train: { lr: 1, [key]: value } })
      assert.ok(message.includes(`train-encoder.train.${key}: is `) && message.includes(`must be ${accepted}`), message)
    }
  })

const wrongAdapter: typeof wrongTraining = {
  rank: [[0, 1.5, 65537, '8', null], rankRange.text],
  alpha: [[0, '8', null], alphaRange.text],
  dropout: [[-0.1, 1, '0'], dropoutRange.text],
  targets: [[[], '', 7, null, {}], "'all-linear', a regular expression or a list of modules' names, one at least"],
  rankPattern: [[[4], 4, null], 'a mapping of regular expressions to numbers'],
  alphaPattern: [['q_proj', null], 'a mapping of regular expressions to numbers'],
  rsLora: truth,
}

for (const [key, [values, accepted]] of Object.entries(wrongAdapter))
  test(`refused: an adapter's ${key}, as where adapters are made`, async () => {
    for (const value of values) {
      const message = adaptWith({ adapter: { [key]: value } })
      assert.ok(message.includes(`adapt.adapter.${key}: is `) && message.includes(`must be ${accepted}`), message)
      await throws(() => completeConfig('a', { [key]: value } as AdapterConfig), 'ERR_INVALID_ARGUMENT', key)
    }
  })

test("an adapter's keys are those of its configuration, but for the seed", () => {
  const { seed: _, ...config } = completeConfig('a')
  const { adapter } = parse({ adapt: { ...minimalAdapt, adapter: config } }).adapt ?? {}
  assert.deepEqual(adapter, config)
  const given: AdapterConfig = { ...adapter, seed: 1 }
  assert.deepEqual(completeConfig('a', given), { ...config, seed: 1 })
})

const source = 'a path, a glob, an address hf://datasets/…, or a mapping with path'
const scalars = 'text, a number, true or false, or a list of such'

const wrong: [what: string, message: string, ...expected: string[]][] = [
  [
    'a misspelt format',
    encoderWith({ data: { path: 'a', format: 'jsonlines' } }),
    "data.format: is 'jsonlines'",
    "mean 'jsonl'?",
  ],
  [
    'a misspelt schema',
    encoderWith({ data: { path: 'a', schema: 'triplet' } }),
    "data.schema: is 'triplet'",
    "mean 'triplets'?",
  ],
  [
    'a misspelt key of a source',
    encoderWith({ data: { path: 'a', limt: 1 } }),
    "data.limt: there is no key 'limt'",
    "'limit'",
  ],
  [
    'a source without path',
    encoderWith({ data: { limit: 1 } }),
    'train-encoder.data.path: is missing; it must be a path',
  ],
  [
    'a source of a wrong kind',
    encoderWith({ data: ['a', 'b'] }),
    `train-encoder.data: is ["a","b"] but must be ${source}`,
  ],
  ['an empty path', encoderWith({ data: '' }), "train-encoder.data: is '' but must be a path"],
  ['no source', encoderWith({ data: null }), `train-encoder.data: is null but must be ${source}`],
  [
    'a limit of nothing',
    encoderWith({ data: { path: 'a', limit: 0 } }),
    'data.limit: is 0 but must be a whole number from 1',
  ],
  [
    'a negative offset',
    encoderWith({ data: { path: 'a', offset: -1 } }),
    'data.offset: is -1',
    'a whole number from 0',
  ],
  [
    'a seed of text',
    encoderWith({ data: { path: 'a', shuffleSeed: 'x' } }),
    "shuffleSeed: is 'x'",
    'a whole number from 0',
  ],
  ['a word for true', encoderWith({ data: { path: 'a', skipBadRows: 'on' } }), "skipBadRows: is 'on'", 'true or false'],
  ['columns as a list', encoderWith({ data: { path: 'a', columns: ['b'] } }), 'data.columns: is ["b"]', 'a mapping'],
  [
    'a column that is a number',
    encoderWith({ data: { path: 'a', columns: { b: 1 } } }),
    'data.columns.b: is 1',
    'in the file',
  ],
  [
    'a condition on nothing',
    encoderWith({ data: { path: 'a', where: { b: null } } }),
    `where.b: is null but must be ${scalars}`,
  ],
  ['a condition on no value', encoderWith({ data: { path: 'a', where: { 'b c': [] } } }), `where['b c']: is []`],
  [
    'a condition on lists',
    encoderWith({ data: { path: 'a', where: { b: [1, [2]] } } }),
    'where.b[1]: is [2] but must be text',
  ],
  [
    'a misspelt pooling',
    encoderWith({ pooling: 'avg_first' }),
    "train-encoder.pooling: is 'avg_first'",
    "did you mean 'avg_top2'?",
  ],
  [
    'a misspelt task',
    encoderWith({ evaluate: { task: 'semrel2024', data: 'a' } }),
    "evaluate.task: is 'semrel2024'",
    "'semrel'?",
  ],
  [
    'an evaluation without task',
    encoderWith({ evaluate: { data: 'a' } }),
    'evaluate.task: is missing; it must be one of',
  ],
  [
    'a misspelt objective',
    encoderWith({ objective: 'masked_lm' }),
    "objective: is 'masked_lm'",
    "did you mean 'masked-lm'?",
  ],
  ['no objective', encoderWith({ objective: null }), 'train-encoder.objective: is null but must be one of'],
  [
    "masked-lm's key",
    encoderWith({ train: { lr: 1, maskProbability: 0.1 } }),
    "'maskProbability' here; the objective masked-lm has it",
  ],
  [
    "contrastive's key",
    encoderWith({ objective: 'masked-lm', train: { lr: 1, temperature: 1 } }),
    'the objective contrastive has it',
  ],
  [
    "an encoder's key",
    adaptWith({ train: { lr: 1, directions: 'both' } }),
    'directions',
    'the objective contrastive has it',
  ],
  [
    'a probability of 1',
    encoderWith({ objective: 'masked-lm', train: { lr: 1, maskProbability: 1 } }),
    'a number above 0 and below 1',
  ],
  [
    'a rate above 1 in betas',
    encoderWith({ train: { lr: 1, betas: [0.9, 1] } }),
    'train.betas[1]: is 1 but must be a number from 0 to below 1',
  ],
  [
    'half a step of warm-up',
    adaptWith({ train: { lr: 1, warmup: 1.5 } }),
    'warmup: is 1.5 but must be below 1, or a whole',
  ],
  ['a negative warm-up', adaptWith({ train: { lr: 1, warmup: -1 } }), 'warmup: is -1 but must be a number from 0'],
  ['a broken expression', adaptWith({ train: { lr: 1, noDecay: '(' } }), "noDecay: is '('", 'Unterminated group'],
  [
    'a broken target',
    adaptWith({ adapter: { targets: '(?i)q' } }),
    "targets: is '(?i)q' but must be a regular expression",
    'Invalid group',
  ],
  [
    'a broken pattern',
    adaptWith({ adapter: { rankPattern: { '[': 1 } } }),
    "rankPattern['[']: the key must be",
    'Unterminated',
  ],
  [
    'a rank of 0 in a pattern',
    adaptWith({ adapter: { rankPattern: { q: 0 } } }),
    'rankPattern.q: is 0',
    rankRange.text,
  ],
  [
    'a target that is a number',
    adaptWith({ adapter: { targets: ['q', 1] } }),
    "targets[1]: is 1 but must be a module's name",
  ],
  ["an adapter's seed", adaptWith({ adapter: { seed: 1 } }), "adapt.adapter.seed: there is no key 'seed'"],
  [
    'a misspelt storage',
    adaptWith({ quantize: 'q8' }),
    "adapt.quantize: is 'q8' but must be one of 'nf4', 'nf4d', 'q8_0', 'q4_0'",
    "'q8_0'?",
  ],
  [
    'a template that is none',
    adaptWith({ template: 'fancy' }),
    "adapt.template: is 'fancy' but must be one of 'plain'",
  ],
  ['no model', adaptWith({ model: '' }), "adapt.model: is '' but must be a folder, a .gguf file or a hub id"],
  ['no training', adaptWith({ train: null }), 'adapt.train: is null but must be a mapping of epochs'],
  ['no rate', adaptWith({ train: {} }), 'adapt.train.lr: is missing; it must be a number above 0'],
  [
    'no adapter',
    adaptWith({ adapters: {} }),
    'adapt.adapters: is {} but must be a mapping of names to adapters, one at least',
  ],
  [
    'adapters as a list',
    adaptWith({ adapters: [{ data: 'a' }] }),
    'adapt.adapters: is [',
    'a mapping of names to adapters',
  ],
  [
    'an adapter that is a path',
    adaptWith({ adapters: { positive: 'a' } }),
    "adapters.positive: is 'a' but must be a mapping of data, task",
  ],
  [
    'a name with a dot',
    adaptWith({ adapters: { 'a.b': { data: 'a', task: 'positive' } } }),
    "adapters['a.b']: the key must be a name of ASCII",
  ],
  [
    'an empty name',
    adaptWith({ adapters: { '': { data: 'a', task: 'positive' } } }),
    "adapters['']: the key must be a name of ASCII",
  ],
  [
    'a name that is no task',
    adaptWith({ adapters: { demo: { data: 'a' } } }),
    "adapters.demo.task: is missing; it must be one of 'positive', 'negative'",
  ],
  [
    'a name of JavaScript',
    adaptWith({ adapters: { constructor: { data: 'a' } } }),
    'adapters.constructor.task: is missing',
  ],
  [
    'a task unlike the name',
    adaptWith({ adapters: { positive: { data: 'a', task: 'negative' } } }),
    "must be 'positive' or left out, as the name says",
  ],
  [
    'an evaluation as a path',
    adaptWith({ adapters: { positive: { data: 'a', evaluate: 'b' } } }),
    "positive.evaluate: is 'b' but must be a mapping of data",
  ],
  [
    'patience for nothing',
    adaptWith({ train: { lr: 1, patience: 2 } }),
    'adapt.train.patience: is 2 but must be left out, as nothing has evaluate',
  ],
  [
    'an evaluation of nothing',
    encoderWith({ train: { lr: 1, evaluateEvery: 2 } }),
    'evaluateEvery: is 2 but must be left out',
  ],
  ['a stage that is a list', problems('adapt: []').join('\n'), 'adapt: is [] but must be a mapping of model, quantize'],
  [
    'an encoder that is a list',
    problems('train-encoder: []').join('\n'),
    'train-encoder: is [] but must be a mapping with model',
  ],
  [
    'no stage',
    problems('seed: 1').join('\n'),
    'r.yaml:1:1: is {"seed":1} but must be a mapping with one stage at least: adapt, train-encoder',
  ],
  [
    'a misspelt stage',
    problems('trainEncoder: {}').join('\n'),
    "there is no key 'trainEncoder'; did you mean 'train-encoder'? (it has seed, device",
  ],
  [
    'a key of JavaScript',
    problems('constructor: 1').join('\n'),
    "constructor: there is no key 'constructor'; did you mean",
  ],
  [
    'a device that is none',
    problems('device: gpu').join('\n'),
    "r.yaml:1:9: device: is 'gpu' but must be one of 'auto', 'cpu', 'cuda'",
  ],
  [
    'a list',
    problems('- adapt').join('\n'),
    'r.yaml:1:1: is ["adapt"] but must be a mapping of seed, device, adapt, train-encoder',
  ],
  ['text', problems('adapt').join('\n'), "r.yaml:1:1: is 'adapt' but must be a mapping"],
]

for (const [what, message, ...expected] of wrong)
  test(`refused: ${what}`, () => {
    assert.equal(message.split('\n').length, 1, message)
    for (const part of expected) assert.ok(message.includes(part), `'${part}' is not in '${message}'`)
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

test("an adapter's task is the one it has, else the one it is called by", () => {
  assert.equal(taskOf('positive', {}), 'positive')
  assert.equal(taskOf('other', { task: 'negative' }), 'negative')
})
