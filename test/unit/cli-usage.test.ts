// What the command line says of itself, and of a command line that is wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { listed } from '#xling/cli/listed-commands'
import { StageForm } from '#xling/cli/stage-form'
import { recipe } from '#xling/pipeline/recipe/recipe'
import { call } from '../pipeline/command.js'

// An addon that is asked for ends the process.
const withoutAddon = [
  '--import',
  "data:text/javascript,process.dlopen = () => { throw new Error('the addon is loaded') }",
]
const help = (...args: string[]) => call(args, { node: withoutAddon })

const names = listed.map(({ name }) => name)

test('help has every command, the order of the job and the exit codes, and needs no addon', async () => {
  const { code, stdout, stderr } = await help('--help')
  assert.deepEqual([code, stderr], [0, ''])
  for (const name of names) assert.match(stdout, new RegExp(`^  ${name} .*\\w`, 'm'))
  for (const exit of ['0 done', '1 it failed', '2 the command line is wrong', '130 interrupted', '143'])
    assert.ok(stdout.includes(exit), exit)
  assert.deepEqual(await help('help'), await help('--help'))
  const none = await help()
  assert.deepEqual([none.code, none.stdout], [2, ''])
  assert.equal(none.stderr, stdout)
})

for (const { name, does, examples } of listed)
  test(`${name} has help with examples, which are called as it is`, async () => {
    const { code, stdout, stderr } = await help(name, '--help')
    assert.deepEqual([code, stderr], [0, ''])
    assert.ok(stdout.includes(does))
    assert.ok(examples.length > 0)
    for (const example of examples) assert.ok(stdout.includes(example))
    assert.equal((await help('help', name)).stdout, stdout)
    // Every flag of an example is one.
    const flags = examples.join(' ').match(/(?<= )--[\w.-]+/g) ?? []
    for (const flag of flags) assert.match(stdout, new RegExp(`^  ${flag}\\b`, 'm'))
  })

/** Every key of a JSON schema, however deep, as the end of a flag. */
function keysOf(schema: object, found = new Set<string>()): Set<string> {
  for (const [word, value] of Object.entries(schema)) {
    if (word === 'properties') for (const key of Object.keys(value)) found.add(key)
    if (typeof value === 'object' && value !== null && word !== 'default') keysOf(value, found)
  }
  return found
}

for (const stage of ['adapt', 'train-encoder'] as const)
  test(`${stage} --help says every key that a recipe's stage has, as the recipe does`, async () => {
    const { stdout } = await help(stage, '--help')
    const schema = z.toJSONSchema(recipe.shape[stage], { io: 'input', target: 'draft-07' })
    const keys = [...keysOf(schema)].filter(key => !['adapters', 'train', 'adapter', 'evaluate'].includes(key))
    assert.ok(keys.length > 30, `${keys}`)
    for (const key of keys)
      assert.match(stdout, new RegExp(`^  --([\\w-]+\\.)*${key.replace(/[A-Z]/g, c => `-${c.toLowerCase()}`)} `, 'm'))
    const words = stdout.replace(/\s+/g, ' ')
    for (const { name, description } of new StageForm(stage, stage === 'adapt' ? 'adapters' : undefined).flags) {
      assert.ok(description !== '', `${name} has no description`)
      assert.ok(words.includes(description), `${name}: '${description}' is not there`)
    }
    assert.ok(words.includes('Learning rate, above 0. It is required.'))
    assert.ok(words.includes("Of AdamW's divisor, above 0. Default 1e-8."))
    assert.ok(!/recipe's/.test(words), 'there is no recipe here')
  })

const train = ['train-encoder', '--model', 'm', '--data', 'd.csv']

/** Misuse, and what is said of it. */
const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['adap'], /^xling: unknown command 'adap'\n\(Did you mean adapt\?\)\n$/],
  [['run'], /^xling: missing required argument 'recipe' \(xling run --help shows all\)\n$/],
  [['run', 'a', 'b'], /^xling: too many arguments for 'run'/],
  [
    ['run', 'r.yaml', '--fesh'],
    /^xling: unknown option '--fesh'; did you mean --fresh\? \(xling run --help shows all\)\n$/,
  ],
  [[...train, '--lr', '1'], /^xling: unknown option '--lr'; did you mean --train\.lr\?/],
  [[...train, '--train.learning_rate', '1'], /did you mean --train\.lr\?/],
  [train, /^xling: --train\.lr: is missing; it must be a number above 0\n$/],
  [[...train, '--train.lr'], /^xling: option '--train\.lr <number>' argument missing/],
  [[...train, '--train.lr', '0'], /^xling: --train\.lr: is 0 but must be a number above 0\n$/],
  [[...train, '--train.lr', '1', 'more'], /^xling: too many arguments/],
  [[...train, '--train.lr', '1', '--objective', 'contrast'], /^xling: --objective: is 'contrast' but must be one of/],
  [
    ['adapt', '--model', 'm', '--data', 'd.csv', '--train.lr', '1'],
    /^xling: --name: is missing; give it, or --task\n$/,
  ],
  [
    ['embed', '--model', 'm', '--data', 'd.csv'],
    /^xling: --output: is missing; it must be a path that ends in \.npy or \.jsonl\n$/,
  ],
  [['embed', '--model', 'm', '--data', 'd.csv', '--output', 'v.bin'], /^xling: --output: is 'v\.bin' but must be/],
  [
    ['embed', '--model', 'm', '--data', 'd.csv', '--output', 'v.npy', '--prompt', 'a', '--prompt-name', 'b'],
    /^xling: --prompt-name: is 'b' but must be left out, as --prompt is given\n$/,
  ],
  [
    ['evaluate', '--model', 'm', '--task', 'sst', '--data', 'd.csv'],
    /--task: is 'sst' but must be .* did you mean 'sts'\?/,
  ],
  [['evaluate', '--model', 'm', '--task', 'sts', '--data', 'd.csv', '--limit', '0'], /--limit: is 0 but must be/],
  [['generate', 'hello'], /^xling: --model: is missing/],
  [
    ['generate', '--model', 'm', '--temperature', '-1', 'x'],
    /--temperature: is -1 but must be a number from 0 to 1000/,
  ],
  [['generate', '--model', 'm', '--top-k', '1.5', 'x'], /--top-k: is 1\.5 but must be a whole number/],
  [['generate', '--model', 'm', '--system', 's', 'x'], /--system: is 's' but must be left out, as there is no --chat/],
  [['inspect'], /^xling: missing required argument 'what'/],
  [['bench', 'gem'], /^xling: there is no 'gem'; it must be one of .* did you mean 'gemm'\?\n$/],
]

for (const [args, message] of wrong)
  test(`xling ${args.join(' ')}`, async () => {
    const { code, stdout, stderr } = await help(...args)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, message)
  })

test('who reads no further ends it without a word', async () => {
  const { code, stderr } = await call(['adapt', '--help'], { begun: child => child.stdout?.destroy() })
  assert.deepEqual([code, stderr], [141, ''])
})
