// How an adapter was asked goes with it: from training into its folder, and back.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Decoder, heldOutLoss, type TrainOptions, train } from 'xling'
import { templates } from '#xling/prompt/templates/index'
import { chatml } from '#xling/tokenizer/chat/chatml'
import { throws } from './throws.js'
import { adapted, sftRows, told, withFolders } from './train-fixture.js'

const step = { objective: 'sft', steps: 1, batchSize: 4, lr: 1e-2 } as const
const negatives = sftRows.map(({ sent0, sent1 }) => ({ sent0, hard_neg: sent1 }))

/** Makes a saved model an instruction model: a template, and in place of two tokens those that it writes. */
async function instruct(folder: string): Promise<void> {
  const file = join(folder, 'tokenizer.json')
  const [opening, closing] = chatml.control as [string, string]
  const text = (await readFile(file, 'utf8')).replaceAll('<mask>', opening).replaceAll('<pad>', closing)
  await writeFile(file, text)
  await writeFile(
    join(folder, 'tokenizer_config.json'),
    JSON.stringify({
      ...{ bos_token: '<s>', eos_token: '</s>' },
      chat_template: `{{ '${opening}' + messages[0].role + '\n' + messages[0].content + '${closing}' }}`,
    }),
  )
}

test('an adapter remembers the template and the task of its training, not those of prompts at hand', () =>
  withFolders(async ({ decoder }) => {
    await using one = await adapted(decoder)
    const { llm, adapter } = one
    const prompting = async (more: Pick<TrainOptions, 'data'> & Partial<TrainOptions>) => {
      await told(train(llm, { ...step, adapter, ...more }))
      return adapter.prompting && [adapter.prompting.template, adapter.prompting.task, adapter.prompting.closing]
    }
    assert.ok(!adapter.prompting)
    assert.deepEqual(await prompting({ data: sftRows }), ['plain', 'positive', '</s>'])
    const hash = () => adapter.prompting?.hash
    const first = hash()
    assert.deepEqual(await prompting({ data: negatives }), ['plain', 'negative', '</s>'])
    assert.notEqual(hash(), first)
    const labelled = sftRows.map(({ sent0, sent1 }, i) => ({ premise: sent0, hypothesis: sent1, label: (i % 2) * 2 }))
    assert.deepEqual(await prompting({ data: labelled }), ['plain', undefined, '</s>'])
    assert.deepEqual(await prompting({ data: labelled, task: 'positive' }), ['plain', 'positive', '</s>'])
    assert.equal(hash(), first)
    const atHand = sftRows.map(({ sent0, sent1 }) => ({ prompt: sent0, completion: sent1 }))
    assert.equal(await prompting({ data: atHand }), undefined)
    // The whole model has no adapter to remember it.
    await using whole = await Decoder.load(decoder, { trainable: 'all' })
    await told(train(whole, { ...step, data: sftRows }))
  }))

test('an instruction model is trained in its own format, and an adapter goes on in the one that it has', () =>
  withFolders(async ({ decoder, run }) => {
    await instruct(decoder)
    await using one = await adapted(decoder)
    const { llm, adapter } = one
    const { control, before } = templates.chatml.positive
    assert.deepEqual([...llm.tokenizer.encodeBetween(before, 'dog', '')].slice(0, 2), [
      1,
      llm.tokenizer.controlId(control[0] ?? ''),
    ])
    await told(train(llm, { ...step, data: sftRows, adapter }))
    assert.deepEqual([adapter.prompting?.template, adapter.prompting?.closing], ['chatml', '<|im_end|>'])

    const other = llm.addAdapter('other', { rank: 4, alpha: 8 })
    await told(train(llm, { ...step, data: sftRows, adapter: other, template: 'plain' }))
    await told(train(llm, { ...step, data: sftRows, adapter: other }))
    assert.equal(other.prompting?.template, 'plain')
    await other.save(run)
    const again = await llm.loadAdapter(run, { name: 'again' })
    assert.deepEqual(again.prompting, other.prompting)
    const loss = (more: object) => heldOutLoss(llm, { data: sftRows, ...more })
    assert.deepEqual(await loss({ adapter: again }), await loss({ adapter: other, template: 'plain' }))
    assert.notDeepEqual(await loss({ adapter: again }), await loss({ adapter: other, template: 'chatml' }))
    assert.deepEqual(await loss({}), await loss({ template: 'chatml' }))
    await throws(() => loss({ template: 'plane' }), 'ERR_INVALID_ARGUMENT', 'heldOutLoss: template is "plane"')
  }))

test('an adapter whose template has changed is refused where that is used, unless another is given', () =>
  withFolders(async ({ decoder, run }) => {
    await using one = await adapted(decoder)
    const { llm, adapter } = one
    await told(train(llm, { ...step, data: sftRows, adapter }))
    await adapter.save(run)
    const file = join(run, 'xling.json')
    const own = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(file, JSON.stringify({ ...own, prompting: { ...own.prompting, hash: `sha256:${'0'.repeat(64)}` } }))
    const old = await llm.loadAdapter(run, { name: 'old', trainable: true })
    const changed = [
      'ERR_WEIGHTS_MISMATCH',
      "the adapter 'old' was trained with the template 'plain', whose words",
    ] as const
    await throws(() => heldOutLoss(llm, { data: sftRows, adapter: old }), ...changed)
    await throws(() => told(train(llm, { ...step, data: sftRows, adapter: old })), ...changed)
    // Prompts at hand need no template.
    const atHand = sftRows.map(({ sent0, sent1 }) => ({ prompt: sent0, completion: sent1 }))
    await heldOutLoss(llm, { data: atHand, adapter: old })
    await heldOutLoss(llm, { data: sftRows, adapter: old, template: 'plain' })
    await told(train(llm, { ...step, data: sftRows, adapter: old, template: 'plain' }))
    assert.deepEqual(old.prompting, adapter.prompting)
  }))
