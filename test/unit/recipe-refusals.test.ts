// Recipes with one fault, and what is said of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rankRange } from '#xling/adapter/adapter-config'
import { adaptWith, encoderWith, minimalAdapt, problems } from './recipe/problems.js'

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
    'a synthesis without a model',
    problems('synthesize: {sentences: a}').join('\n'),
    'r.yaml:1:1: synthesize.model: is missing; it must be there, as no stage adapt or merge has one',
  ],
  [
    'an encoder without anything to learn from',
    problems('train-encoder: {model: a, train: {lr: 1}}').join('\n'),
    'r.yaml:1:1: train-encoder.data: is missing; it must be there, as no stage synthesize gives triplets',
  ],
  [
    'an evaluation of nothing',
    problems('evaluate: {sets: {a: {task: sts, data: b}}}').join('\n'),
    'r.yaml:1:1: evaluate.model: is missing; it must be there, as no stage train-encoder makes one',
  ],
  [
    'an evaluation without a set',
    problems('evaluate: {model: a, sets: {}}').join('\n'),
    'evaluate.sets: is {} but must be a mapping of names to sets, one at least',
  ],
  [
    'scored pairs with a split',
    problems('evaluate: {model: a, sets: {b: {task: sts, data: c, split: test}}}').join('\n'),
    "evaluate.sets.b.split: there is no key 'split'",
  ],
  [
    'a script that is a number',
    problems('synthesize: {model: a, sentences: b, filters: {script: 7}}').join('\n'),
    'synthesize.filters.script: is 7 but must be a script, as Latin, or any',
  ],
  [
    'a sum of nothing',
    problems('merge: {model: a, sum: {}}').join('\n'),
    'merge.sum: is {} but must be a mapping of adapters to weights, one at least',
  ],
  [
    'a sum without weights',
    problems('merge: {model: a, sum: [b]}').join('\n'),
    'merge.sum: is ["b"] but must be a mapping of adapters to weights',
  ],
  [
    'a weight that is text',
    problems('merge: {model: a, sum: {b: half}}').join('\n'),
    "merge.sum.b: is 'half' but must be a number",
  ],
  [
    'a weight without end',
    problems('merge: {model: a, sum: {b: .inf}}').join('\n'),
    'merge.sum.b: is Infinity but must be a number',
  ],
  [
    'an adapter without name',
    problems('merge: {model: a, sum: {"": 1}}').join('\n'),
    "keys are adapters' names or folders",
  ],
  [
    'a storage that weights are not written in',
    problems('merge: {model: a, sum: {b: 1}, dtype: q8_0}').join('\n'),
    "merge.dtype: is 'q8_0' but must be one of 'bf16', 'f16', 'f32'",
  ],
  [
    'a merge without a model',
    problems('merge: {sum: {b: 1}}').join('\n'),
    'merge.model: is missing; it must be there, as no stage adapt has one',
  ],
  [
    'a composition without a model',
    problems('compose: {adapters: {a: {sum: {b: 1}}}}').join('\n'),
    'compose.model: is missing; it must be there, as no stage adapt has one',
  ],
  [
    'a composition of nothing',
    problems('compose: {model: a, adapters: {}}').join('\n'),
    'compose.adapters: is {} but must be a mapping of names to sums, one at least',
  ],
  [
    'a rank of factor-wise sums',
    problems('compose: {model: a, adapters: {b: {sum: {c: 1}, rule: factor-wise, rank: 2}}}').join('\n'),
    "compose.adapters.b.rank: is 2 but must be left out, as it is of the rule 'delta'",
  ],
  [
    'a misspelt rule',
    problems('compose: {model: a, adapters: {b: {sum: {c: 1}, rule: deltas}}}').join('\n'),
    "compose.adapters.b.rule: is 'deltas' but must be one of 'delta', 'factor-wise'; did you mean 'delta'?",
  ],
  [
    'two adapters of one name',
    problems(
      JSON.stringify({ adapt: minimalAdapt, compose: { adapters: { positive: { sum: { positive: 1 } } } } }),
    ).join('\n'),
    'compose.adapters.positive: is {"sum":{"positive":1}} but must be called otherwise, as the stage adapt has one of that name',
  ],
  [
    'no stage',
    problems('seed: 1').join('\n'),
    'r.yaml:1:1: is {"seed":1} but must be a mapping with one stage at least: adapt, compose, merge, synthesize, train-encoder, evaluate',
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
    'r.yaml:1:1: is ["adapt"] but must be a mapping of seed, device, adapt, compose, merge, synthesize, train-encoder, evaluate',
  ],
  ['text', problems('adapt').join('\n'), "r.yaml:1:1: is 'adapt' but must be a mapping"],
]

for (const [what, message, ...expected] of wrong)
  test(`refused: ${what}`, () => {
    assert.equal(message.split('\n').length, 1, message)
    for (const part of expected) assert.ok(message.includes(part), `'${part}' is not in '${message}'`)
  })
