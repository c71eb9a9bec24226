// Flags out of schemas, and values out of flags.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { z } from 'zod'
import { nearestFlag } from '#xling/cli/flags/nearest-flag'
import { schemaFlags } from '#xling/cli/flags/schema-flags'
import { StageForm } from '#xling/cli/stage-form'
import { UsageError } from '#xling/cli/usage-error'
import { dataSource } from '#xling/pipeline/recipe/data-source'
import { choice, mapping, number, text, truth, whole } from '#xling/pipeline/recipe/fields'

const schema = mapping({
  name: text('a name').exactOptional(),
  lr: number({ above: 0 }).describe('Rate, above 0. Default 1.').exactOptional(),
  kind: choice(['warm', 'cold']).describe('Of weather.').default('warm'),
  deepOne: mapping({
    batchSize: whole({ from: 1 }).describe('Rows.').exactOptional(),
    isFast: truth().exactOptional(),
    betas: z.tuple([number(), number()], { error: 'two numbers' }).exactOptional(),
    targets: z.union([z.string(), z.array(z.string())]).exactOptional(),
    stop: z.array(z.string()).exactOptional(),
  }).exactOptional(),
  data: dataSource.exactOptional(),
})

/** As the command line would. */
function read(args: readonly string[], of: z.ZodType = schema): unknown {
  const command = new Command('test').exitOverride()
  command.configureOutput({ writeErr: () => {} })
  const values = schemaFlags(command, of)
  command.parse(args, { from: 'user' })
  return values(command.opts())
}

const refuses = (args: readonly string[], message: string, of?: z.ZodType) =>
  assert.throws(
    () => read(args, of),
    (error: Error) => error instanceof UsageError && error.message === message,
  )

test('values are those that the schema has, by their keys', () => {
  assert.deepEqual(read([]), { kind: 'warm' })
  assert.deepEqual(read(['--lr', '5e-5', '--kind', 'cold', '--deep-one.batch-size', '8', '--deep-one.is-fast']), {
    ...{ lr: 5e-5, kind: 'cold', deepOne: { batchSize: 8, isFast: true } },
  })
  // As a recipe spells them.
  assert.deepEqual(read(['--deepOne.batchSize=8', '--no-deep-one.is-fast']), {
    ...{ kind: 'warm', deepOne: { batchSize: 8, isFast: false } },
  })
})

test('text is taken as it is, whatever YAML would make of it; other values are YAML', () => {
  for (const name of ['*.csv', '1', 'true', '[a', 'a: b', '{a: b}', '# x', '~', "'a'"])
    assert.deepEqual(read(['--name', name]), { name, kind: 'warm' })
  const deepOne = (...args: string[]) => (read(args) as { deepOne: object }).deepOne
  assert.deepEqual(deepOne('--deep-one.betas', '[0.9, 0.999]'), { betas: [0.9, 0.999] })
  assert.deepEqual(deepOne('--deep-one.targets', '.*[qv]_proj'), { targets: '.*[qv]_proj' })
  assert.deepEqual(deepOne('--deep-one.targets', '[q, v]'), { targets: ['q', 'v'] })
  assert.deepEqual(deepOne('--deep-one.targets', '[{]'), { targets: '[{]' })
  assert.deepEqual(deepOne('--deep-one.targets', 'q', '--deep-one.targets', 'v'), { targets: ['q', 'v'] })
  assert.deepEqual(deepOne('--deep-one.stop', '[x]', '--deep-one.stop', 'b'), { stop: ['[x]', 'b'] })
  assert.deepEqual(deepOne('--deep-one.stop', '[x]'), { stop: ['[x]'] })
})

test('text stands for the mapping that it is short for, alone or with more of it', () => {
  const data = (...args: string[]) => (read(args) as { data: unknown }).data
  assert.equal(data('--data', 'a.csv'), 'a.csv')
  assert.deepEqual(data('--data', 'a.csv', '--data.limit', '5'), { path: 'a.csv', limit: 5 })
  assert.deepEqual(data('--data.limit', '5', '--data', 'a.csv'), { path: 'a.csv', limit: 5 })
  assert.deepEqual(data('--data.path', 'a.csv', '--data.columns', '{text: body}', '--data.shuffle-seed', '0'), {
    ...{ path: 'a.csv', columns: { text: 'body' }, shuffleSeed: 0 },
  })
  refuses(['--data', 'a.csv', '--data.path', 'b.csv'], 'give --data or --data.path, not both')
})

test('what is wrong is told of in flags', () => {
  refuses(['--lr', '0'], '--lr: is 0 but must be a number above 0')
  refuses(['--lr', 'fast'], "--lr: is 'fast' but must be a number above 0")
  refuses(['--lr', '1', '--lr', '2'], '--lr: is given 2 times; give it once')
  refuses(['--kind', 'cool'], "--kind: is 'cool' but must be one of 'warm', 'cold'; did you mean 'cold'?")
  refuses(['--name', ''], "--name: is '' but must be a name")
  refuses(
    ['--deep-one.batch-size', '1.5', '--deep-one.betas', '[1]'],
    '--deep-one.batch-size: is 1.5 but must be a whole number from 1\n--deep-one.betas: is [1] but must be two numbers',
  )
  assert.throws(() => read(['--deep-one.betas', '[1, ']), {
    name: 'UsageError',
    message: /^--deep-one\.betas: '\[1, ' cannot be read: /,
  })
  refuses(['--data.limit', '5'], '--data.path: is missing; it must be a path, a glob or an address hf://datasets/…')
  // What is missing is looked for where it belongs.
  const nested = mapping({ train: mapping({ lr: number({ above: 0 }), seed: whole({ from: 0 }).exactOptional() }) })
  refuses([], '--train.lr: is missing; it must be a number above 0', nested)
})

test('an unknown flag is meant to be the one with its last part, its initials, or its letters', () => {
  const known = ['--model', '--seed', '--train.lr', '--train.epochs', '--train.batch-size', '--data.limit', '--data']
  for (const [flag, meant] of [
    ['--lr', '--train.lr'],
    ['--learning-rate', '--train.lr'],
    ['--train.learningRate', '--train.lr'],
    ['--train.epoch', '--train.epochs'],
    ['--train.limit', '--data.limit'],
    ['--modle', '--model'],
    ['--epochs', '--train.epochs'],
    ['--batchsize', '--train.batch-size'],
  ] as const)
    assert.equal(nearestFlag(flag, known), meant)
})

/** A form's values, as commander has them. */
const adapt = new StageForm('adapt', 'adapters')
const minimal = { model: ['m'], 'train.lr': ['1e-3'], data: ['pos.csv'] }

test('a stage’s flags make the recipe that has it alone', () => {
  assert.deepEqual(adapt.recipe(minimal, 'positive'), {
    seed: 42,
    device: 'auto',
    adapt: {
      ...{ model: 'm', train: { lr: 1e-3 } },
      adapters: { positive: { data: 'pos.csv' } },
    },
  })
  const more = { ...minimal, task: ['negative'], seed: ['7'], 'evaluate.data.limit': ['3'], 'evaluate.data': ['x.csv'] }
  const { seed, adapt: made } = adapt.recipe(more, 'down')
  assert.equal(seed, 7)
  assert.deepEqual(made?.adapters, {
    down: { data: 'pos.csv', task: 'negative', evaluate: { data: { path: 'x.csv', limit: 3 } } },
  })
})

test('what is wrong with a stage is told of without the stage and the name, which are no flags', () => {
  const refused = (given: object, name: string, message: string) =>
    assert.throws(
      () => adapt.recipe({ ...minimal, ...given }, name),
      (error: Error) => error instanceof UsageError && error.message === message,
    )
  refused({ 'train.lr': ['x'] }, 'positive', "--train.lr: is 'x' but must be a number above 0")
  refused({ 'data.limit': ['0'] }, 'positive', '--data.limit: is 0 but must be a whole number from 1')
  refused({}, 'up', "--task: is missing; it must be one of 'positive', 'negative'")
  refused({}, 'a/b', "--name['a/b']: the key must be a name of ASCII letters, digits, _ and -")
  refused({ seed: ['-1'] }, 'positive', '--seed: is -1 but must be a whole number from 0')
  refused(
    { 'train.patience': ['2'] },
    'positive',
    '--train.patience: is 2 but must be left out, as nothing has evaluate',
  )
  const encoder = new StageForm('train-encoder', undefined)
  assert.throws(
    () => encoder.recipe({ ...minimal, objective: ['masked-lm'], 'train.temperature': ['1'] }),
    /^UsageError: --train\.temperature: there is no key 'temperature' here; the objective contrastive has it/,
  )
})
