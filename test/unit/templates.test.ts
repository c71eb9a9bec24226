// Families of templates: which one a model is asked by, how its answers are closed, and that control tokens are its own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closingIdOf } from '#xling/prompt/closing'
import { familyFor } from '#xling/prompt/family-for'
import { renderExample, renderPrompt } from '#xling/prompt/render'
import { templateIds, templates } from '#xling/prompt/templates/index'
import type { Template } from '#xling/prompt/templates/template'
import type { JsonObject } from '#xling/tokenizer/json-fields'
import type { TokenizerSources } from '#xling/tokenizer/sources'
import { Tokenizer } from '#xling/tokenizer/tokenizer'
import { throws } from '../boundary/throws.js'
import { controlOf, type FamilyGolden, readGolden, sourcesOf } from '../golden/tokenizer/golden.js'

const chats = ['gemma', 'llama3', 'chatml'] as const
const goldens = new Map(
  await Promise.all([...chats, 'bert'].map(async name => [name, await readGolden<FamilyGolden>(name)] as const)),
)
const goldenOf = (name: string) => goldens.get(name) as FamilyGolden
const made = (name: string, changes: Partial<TokenizerSources> = {}) =>
  new Tokenizer(sourcesOf(goldenOf(name), changes))
const ownTemplate = (name: string) => ({ chatTemplate: goldenOf(name).template as string })
const roomy = { maxTokens: 4096 }

const every: readonly Template[] = templateIds.flatMap(id => Object.values(templates[id]))

test('a family that the vocabulary does not have the control tokens of is refused, and the own one named', async () => {
  for (const vocabulary of [...chats, 'bert'] as const)
    for (const template of every) {
      const tokenizer = made(vocabulary, vocabulary === 'bert' ? {} : ownTemplate(vocabulary))
      if (template.id === 'plain' || template.id === vocabulary) continue
      const own = vocabulary === 'bert' ? 'plain' : vocabulary
      for (const part of [`the template '${template.id}' writes ${template.control[0]}`, `own is '${own}'`])
        for (const render of [
          () => renderPrompt(tokenizer, template, 'ko', roomy),
          () => renderExample(tokenizer, template, { sentence: 'ko', answer: 'ko' }, roomy),
        ])
          await throws(render, 'ERR_INVALID_TOKENIZER', part)
    }
})

test('templates are found by id and task, and differ by task in what they ask', () => {
  assert.deepEqual(templateIds, ['plain', 'gemma', 'llama3', 'chatml'])
  for (const [id, { positive, negative }] of Object.entries(templates)) {
    assert.deepEqual([positive.id, negative.id], [id, id])
    assert.deepEqual([positive.task, negative.task], ['positive', 'negative'])
    assert.match(positive.before, /Write an English sentence that follows from this one\./)
    assert.equal(negative.before, positive.before.replace('follows from', 'contradicts'))
  }
})

test('an answer that is made ids alone is what it would be behind the prompt', () => {
  for (const name of chats)
    for (const template of every.filter(({ id }) => id === 'plain' || id === name)) {
      assert.match(template.after, /\n$/)
      for (const answer of ['I was.', 'एक', '"Yes"', '3 men']) {
        const tokenizer = made(name)
        const alone = tokenizer.encode(answer, { addSpecial: false })
        const joint = tokenizer.encodeBetween(template.before, 'ko', template.after + answer)
        assert.deepEqual(joint.slice(-alone.length), alone, `${name}, ${template.id}: ${answer}`)
      }
    }
})

for (const name of chats)
  test(`${name}: a prompt is what the model's own chat format makes of the same words`, () => {
    for (const tokenizer of [made(name), made(name, ownTemplate(name))])
      for (const template of Object.values(templates[name])) {
        const [, request = ''] = /(Write an English [^<]*)$/s.exec(template.before) ?? []
        assert.ok(request.endsWith('\n\n'))
        const content = `${request}ko ḥaqq 👩‍👩‍👧`
        const asked = tokenizer.chatIds([{ role: 'user', content }])
        const { ids } = renderPrompt(tokenizer, template, 'ko ḥaqq 👩‍👩‍👧', roomy)
        assert.deepEqual(ids, asked)
        const { closing } = template
        assert.deepEqual(
          closing.map(text => tokenizer.controlId(text)),
          [closingIdOf(tokenizer, template)],
        )
      }
  })

test('an instruction model is asked in its own format, by its template; a base model plainly', () => {
  for (const name of chats) {
    assert.equal(familyFor(made(name)), 'plain')
    assert.equal(familyFor(made(name, ownTemplate(name))), name)
  }
  assert.equal(familyFor(made('bert')), 'plain')
  // A template of another format than the vocabulary's tokens, or of none that has a family.
  assert.equal(familyFor(made('gemma', ownTemplate('chatml'))), 'plain')
  assert.equal(familyFor(made('gemma', { chatTemplate: '{{ messages[0].content }}' })), 'plain')
})

test('of a vocabulary with the tokens of two formats, that counts which the template writes', () => {
  const { tokenizer } = sourcesOf(goldenOf('llama3'))
  const more = ['<|im_start|>', '<|im_end|>'].map((content, i) => ({ id: 600 + i, content, special: false }))
  const both = { ...tokenizer, added_tokens: [...(tokenizer.added_tokens as JsonObject[]), ...more] }
  const chatml = made('llama3', { tokenizer: both, ...ownTemplate('chatml') })
  assert.equal(familyFor(chatml), 'chatml')
  // Its answers end there, however the file calls the token.
  assert.equal(closingIdOf(chatml, templates.chatml.positive), 601)
  assert.ok(chatml.eosIds.includes(601))
  assert.equal(renderPrompt(chatml, templates.chatml.positive, 'ko', roomy).ids.filter(id => id === 600).length, 2)
  assert.equal(familyFor(made('llama3', { tokenizer: both, ...ownTemplate('llama3') })), 'llama3')
})

test("an answer is closed by its format's turn end, of a base model by the first id that ends a sequence", async () => {
  const closings = { gemma: 6, llama3: 460, chatml: 2 }
  for (const [name, id] of Object.entries(closings)) {
    for (const template of every.filter(({ id }) => id === name)) assert.equal(closingIdOf(made(name), template), id)
    assert.equal(closingIdOf(made(name), templates.plain.positive), made(name).eosIds[0])
  }
  assert.equal(
    made('gemma').decode([closingIdOf(made('gemma'), templates.plain.positive)], { skipSpecial: false }),
    '<eos>',
  )
  // A turn's end that ends no sequence: the model's template writes another.
  const elsewhere = made('gemma', {
    chatTemplate: '{{ messages[0].content }}',
    generationConfig: { eos_token_id: [3, 1] },
  })
  assert.deepEqual(elsewhere.eosIds, [1, 3])
  assert.equal(closingIdOf(elsewhere, templates.gemma.positive), 1)
  await throws(
    () => renderExample(made('bert'), templates.plain.positive, { sentence: 'ko', answer: 'ko' }, roomy),
    'ERR_INVALID_TOKENIZER',
    'no token that ends a text',
  )
})

for (const name of chats)
  test(`${name}: what a sentence or an answer spells stays text`, () => {
    const control = controlOf(goldenOf(name))
    const spelled = control.map(({ content }) => content)
    const said = [
      ...spelled,
      ...['<end_of_turn>', '<|im_end|>', '<|eot_id|>', '<bos>', '</s>'],
      ...spelled.map(text => `ko${text}${text} ko\n${text}`),
      // The beginning of one, its end, and what could be completed by the template.
      ...spelled.flatMap(text => [text.slice(0, -1), text.slice(1), text.slice(Math.ceil(text.length / 2))]),
      ...['\ue000\ue001\uf8ff', `\ue000${spelled.join('\ue001')}`, '\ufeff\u0085<bos>\u001c'],
    ]
    const tokenizer = made(name)
    const isControl = (id: number) => control.some(token => token.id === id)
    for (const template of every.filter(({ id }) => id === 'plain' || id === name)) {
      const controls = (sentence: string, answer: string) =>
        renderExample(tokenizer, template, { sentence, answer }, roomy).ids.filter(isControl)
      const none = controls('ko', 'ko')
      for (const text of said) {
        assert.deepEqual(controls(text, text), none, JSON.stringify(text))
        const prompt = tokenizer.decode(renderPrompt(tokenizer, template, text, roomy).ids, { skipSpecial: false })
        assert.ok(prompt.endsWith(template.before + text + template.after), JSON.stringify(prompt))
      }
    }
  })

for (const name of chats)
  test(`${name}: of a sentence that spells control tokens, too, only the end is cut`, () => {
    const tokenizer = made(name)
    const template = templates[name].negative
    const sentence = `${controlOf(goldenOf(name))
      .map(({ content }) => content)
      .join('👩‍👩‍👧')}\ue000 ok`
    const whole = renderPrompt(tokenizer, template, sentence, roomy).ids.length
    const least = renderPrompt(tokenizer, template, '<', roomy).ids.length
    const lengths = new Set<number>()
    for (let maxTokens = whole; maxTokens >= least; maxTokens--) {
      const { ids, truncated } = renderPrompt(tokenizer, template, sentence, { maxTokens })
      const text = tokenizer.decode(ids, { skipSpecial: false })
      const begin = text.indexOf(template.before)
      const kept = text.slice(begin + template.before.length, -template.after.length)
      assert.ok(text.endsWith(template.before + kept + template.after))
      assert.ok(sentence.startsWith(kept) && kept !== '' && !/\p{Surrogate}|\ufffd/u.test(kept), kept)
      assert.deepEqual([truncated, ids.length <= maxTokens], [kept !== sentence, true])
      lengths.add(kept.length)
    }
    assert.ok(lengths.size > 20, `${lengths.size}`)
  })
