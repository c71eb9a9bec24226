// Recipes as texts: YAML as it is meant, and nothing that only looks like it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRecipe } from '#xling/pipeline/recipe/read-recipe'
import { throws } from '../boundary/throws.js'

const encoder = `train-encoder:
  model: owner/name
  data: triplets.csv
  train: {lr: 2e-4}
`
const parse = (text: string) => parseRecipe(text, 'r.yaml')

test('numbers are those of YAML 1.2', () => {
  assert.equal(parse(encoder)['train-encoder']?.train.lr, 2e-4)
  assert.equal(parse(`seed: 0x10\n${encoder}`).seed, 16)
  assert.equal(parse(`seed: 010\n${encoder}`).seed, 10)
})

const alike: [what: string, text: string][] = [
  ['JSON', '{"train-encoder":{"model":"owner/name","data":"triplets.csv","train":{"lr":0.0002}}}'],
  [
    'JSON with tabs',
    '{\n\t"train-encoder": {\n\t\t"model": "owner/name",\n\t\t"data": "triplets.csv", "train":\n\t{"lr": 2E-4}}\n}',
  ],
  ['a byte order mark', `\ufeff${encoder}`],
  ['CRLF', encoder.replaceAll('\n', '\r\n')],
  ['comments and a begin', `# A recipe\n%YAML 1.2\n---\n${encoder}# The end\n...\n`],
  ['an anchor', encoder.replace('owner/name', '&name owner/name')],
  ['an alias', `${encoder.replace('triplets.csv', '&data triplets.csv')}  evaluate: {task: sts, data: *data}\n`],
]

for (const [what, text] of alike)
  test(`read: ${what}`, () => {
    const { model, data, train, evaluate } = parse(text)['train-encoder'] ?? {}
    assert.deepEqual([model, data, train], ['owner/name', 'triplets.csv', { lr: 2e-4 }])
    if (evaluate) assert.equal(evaluate.data, data)
  })

test('keys are text, whatever they look like', () => {
  const adapters = '{1: {data: a, task: positive}, true: {data: b, task: negative}, null: {data: c, task: positive}}'
  const text = `adapt: {model: a, train: {lr: 1}, adapters: ${adapters}}`
  assert.deepEqual(Object.keys(parse(text).adapt?.adapters ?? {}), ['1', 'true', 'null'])
})

const refused: [what: string, text: string, ...lines: string[]][] = [
  ['nothing', '', 'r.yaml is empty; write a stage into it'],
  ['a comment alone', '# nothing\n', 'r.yaml is empty'],
  ['a key that stands twice', 'seed: 1\ndevice: cpu\nseed: 2\n', 'r.yaml:3:1: this key stands here twice'],
  ['a key that stands twice in JSON', '{"seed": 1,\n "seed": 1}', 'r.yaml:2:2: this key stands here twice'],
  ['two documents', `${encoder}---\n${encoder}`, 'r.yaml:5:1: a second document begins here; a file holds one'],
  ['a tag', 'seed: !!int "1"\n', 'r.yaml:1:13: there are no tags here; leave out tag:yaml.org,2002:int'],
  ['a tag of no one', 'seed: 1\ndevice: !env DEVICE\n', 'r.yaml:2:9: Unresolved tag: !env'],
  ['a tag before a mapping', 'adapt: !!map\n  model: a\n', 'r.yaml:2:3: there are no tags here'],
  ['a tag before a key', '!!str seed: 1\n', 'r.yaml:1:7: there are no tags here'],
  ['a directive of no one', '%FOO bar\n---\nseed: 1\n', 'r.yaml:1:1: Unknown directive %FOO'],
  ['a mapping as a key', '? {a: 1}\n: 2\n', 'r.yaml:1:3: a key must be text'],
  ['an alias as a key', 'seed: &a 1\n*a : 2\n', 'r.yaml:2:1: a key must be text'],
  ['a key that is an object in JavaScript', 'seed: 1\n__proto__: {}\n', "r.yaml:2:1: there is no key '__proto__'"],
  ['a merge', 'a: &a {seed: 1}\n<<: *a\n', "r.yaml:2:1: ['<<']: there is no key '<<'"],
  ['an alias of nothing', 'seed: *seed\n', 'r.yaml:1:7: there is no anchor &seed above'],
  ['an alias before its anchor', 'seed: *a\nb: &a 1\n', 'r.yaml:1:7: there is no anchor &a above'],
  ['an alias of what it is in', 'adapt: &a\n  model: *a\n', 'r.yaml:2:10: *a stands inside of itself'],
  ['a list that is left open', 'adapt: [1, 2\n', 'r.yaml:2:1: Flow sequence'],
  ['a quote that is left open', 'seed: 1\ndevice: "cpu\n', 'r.yaml:3:1: Missing closing "quote'],
  ['a tab before a key', 'adapt:\n\tmodel: a\n', 'r.yaml:2:1: Tabs are not allowed as indentation'],
  ['columns that do not agree', 'adapt:\n  model: a\n train: 1\n', 'r.yaml:3:1: '],
  ['a mapping within a line', 'seed: 1: 2\n', 'r.yaml:1:7: Nested mappings are not allowed in compact mappings'],
  ['brackets without end', `seed: ${'['.repeat(1e5)}`, 'r.yaml:1:', 'Maximum call stack size exceeded'],
  ['yes for true', `${encoder}  adapter: {rsLora: yes}\n`, "rsLora: is 'yes' but must be true or false"],
  ['yes for true, by YAML 1.1', `%YAML 1.1\n---\n${encoder}  adapter: {rsLora: yes}\n`, "rsLora: is 'yes' but"],
  ['a number in quotes', `seed: "1"\n${encoder}`, "r.yaml:1:7: seed: is '1' but must be a whole number"],
  ['a number with underscores', `seed: 1_000\n${encoder}`, "seed: is '1_000' but"],
  ['not a number', encoder.replace('2e-4', '.nan'), 'train.lr: is NaN but must be a number above 0'],
  ['an infinite number', encoder.replace('2e-4', '.inf'), 'train.lr: is Infinity but must be a number above 0'],
  ['a number that is not exact', `seed: 9007199254740993\n${encoder}`, 'seed: is 9007199254740992 but must be a whole'],
  ['nothing behind a key', `seed:\n${encoder}`, 'r.yaml:1:6: seed: is null but must be a whole number'],
]

for (const [what, text, ...parts] of refused)
  test(`refused: ${what}`, async () => {
    for (const part of parts) await throws(() => parse(text), 'ERR_INVALID_RECIPE', part)
  })

test('aliases of aliases that would fill the memory are refused', async () => {
  const nine = (of: string) => `[${Array.from({ length: 9 }, () => of).join(', ')}]`
  const text = `a: &a ${nine('1')}\nb: &b ${nine('*a')}\nc: &c ${nine('*b')}\nd: &d ${nine('*c')}\n`
  await throws(() => parse(text), 'ERR_INVALID_RECIPE', 'r.yaml:1:1: Excessive alias count')
})
