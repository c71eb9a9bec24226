// What an adapter remembers of its templates, and what is said when they are no longer the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { promptingHash } from '#xling/adapter/prompting'
import { type Asked, checkPrompting, familyOf, promptingOf } from '#xling/prompt/prompting'
import { templateIds, templates } from '#xling/prompt/templates/index'
import type { Task } from '#xling/prompt/templates/template'
import { Tokenizer } from '#xling/tokenizer/tokenizer'
import { throws } from '../boundary/throws.js'
import { type FamilyGolden, readGolden, sourcesOf } from '../golden/tokenizer/golden.js'

const golden = await readGolden<FamilyGolden>('gemma')
const tokenizer = new Tokenizer(sourcesOf(golden))
const instructed = new Tokenizer(sourcesOf(golden, { chatTemplate: golden.template as string }))

const only = (task: Task) => new Set([task])
const both = new Set<Task>(['positive', 'negative'])
const asked = (changes: Partial<Asked['prompting']> = {}): Asked => ({
  name: 'demo',
  prompting: { ...promptingOf(tokenizer, 'plain', only('positive')), ...changes },
})

test('an adapter whose template is no longer what it was is refused, with what differs', async () => {
  const check = (changes: Partial<Asked['prompting']>) => () => checkPrompting(asked(changes), { tokenizer })
  const hash = promptingHash([{ ...templates.plain.positive, before: 'Write. ' }], '<eos>')
  for (const [changes, what] of [
    [{ hash }, "the template 'plain', whose words have changed since"],
    [{ template: 'mistral' }, "the template 'mistral', which this xling does not have (it has plain, gemma,"],
    [{ template: 'toString' }, "the template 'toString', which this xling does not have"],
    [{ closing: '<end_of_turn>' }, 'its answers closed by <end_of_turn>, and with this tokenizer they are by <eos>'],
  ] as const)
    for (const part of ["the adapter 'demo' was trained with ", what, 'or give template'])
      await throws(check(changes), 'ERR_WEIGHTS_MISMATCH', part)
})

test('an adapter that learnt the other task is refused; one that learnt both is not', async () => {
  const uses = (adapter: Asked, task: Task) => () => checkPrompting(adapter, { tokenizer, task })
  await throws(
    uses(asked(), 'negative'),
    'ERR_INVALID_ARGUMENT',
    "the adapter 'demo' learnt the task 'positive' and is used for 'negative'",
  )
  assert.equal(uses(asked(), 'positive')(), 'plain')
  const knowsBoth = { name: 'both', prompting: promptingOf(tokenizer, 'plain', both) }
  assert.equal(knowsBoth.prompting.task, undefined)
  for (const task of both) assert.equal(uses(knowsBoth, task)(), 'plain')
})

test('the words, the task and the closing token make the hash', () => {
  const hashes = templateIds
    .filter(id => id === 'plain' || id === 'gemma')
    .flatMap(id => [only('positive'), only('negative'), both].map(tasks => promptingOf(tokenizer, id, tasks).hash))
  const { positive } = templates.plain
  for (const [template, closing] of [
    [positive, '<end_of_turn>'],
    [{ ...positive, before: `${positive.before} ` }, '<eos>'],
    [{ ...positive, after: `${positive.after} ` }, '<eos>'],
  ] as const)
    hashes.push(promptingHash([template], closing))
  assert.equal(new Set(hashes).size, 9)
  assert.equal(promptingHash([positive], '<eos>'), hashes[0])
  // What a template may have besides changes nothing about what an adapter saw.
  assert.equal(promptingHash([{ ...positive, closing: ['<end_of_turn>'] } as typeof positive], '<eos>'), hashes[0])
})

test('what is remembered is the family, the task and the closing token', () => {
  assert.deepEqual(asked().prompting, {
    template: 'plain',
    task: 'positive',
    closing: '<eos>',
    hash: promptingHash([templates.plain.positive], '<eos>'),
  })
})

test('an adapter is asked as it was trained, and as the model is where it does not know', () => {
  const stranger = { name: 'stranger', prompting: undefined }
  assert.equal(familyOf(instructed, asked()), 'plain')
  assert.equal(familyOf(instructed, stranger), 'gemma')
  assert.equal(familyOf(instructed, undefined), 'gemma')
  assert.equal(familyOf(tokenizer, stranger), 'plain')
  const inTurns = { name: 'demo', prompting: promptingOf(instructed, 'gemma', only('negative')) }
  assert.equal(familyOf(tokenizer, inTurns, 'negative'), 'gemma')
})
