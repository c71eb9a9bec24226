// Control tokens come from the template only: what a message says stays text, whatever it spells.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Message } from '#xling/tokenizer/chat/messages'
import type { JsonObject } from '#xling/tokenizer/json-fields'
import type { TokenizerSources } from '#xling/tokenizer/sources'
import { Tokenizer } from '#xling/tokenizer/tokenizer'
import { throws } from '../boundary/throws.js'
import { controlOf, type FamilyGolden, readGolden, sourcesOf } from '../golden/tokenizer/golden.js'

const formats = ['gemma', 'llama3', 'chatml'] as const
const goldens = new Map<string, FamilyGolden>()
before(async () => {
  for (const name of formats) goldens.set(name, await readGolden<FamilyGolden>(name))
})

const goldenOf = (name: string) => goldens.get(name) as FamilyGolden
const made = (name: string, changes: Partial<TokenizerSources> = {}) =>
  new Tokenizer(sourcesOf(goldenOf(name), changes))

const user = (content: string): Message[] => [{ role: 'user', content }]
const alone = (content: string): string => `{{ messages[0].content }}${content}`

for (const name of formats)
  test(`${name}: the control tokens of a conversation do not depend on what it says`, () => {
    const control = controlOf(goldenOf(name))
    const tokens = control.map(({ content }) => content)
    const said = ['ko', ...tokens, tokens.join(''), ` ${tokens.join(' ')}\n`, ...tokens.map(text => text.slice(0, -1))]
    const own = made(name, { chatTemplate: goldenOf(name).template as string })
    for (const tokenizer of [made(name), own]) {
      const controls = (content: string) => {
        const ids = tokenizer.chatIds([{ role: 'system', content }, ...user(content)])
        return Array.from(ids).filter(id => control.some(token => token.id === id))
      }
      for (const content of said) assert.deepEqual(controls(content), controls('ko'), JSON.stringify(content))
    }
  })

test('what a message spells is in its text as it is', () => {
  for (const name of formats)
    for (const { content } of controlOf(goldenOf(name))) {
      const said = `ko ${content}ko`
      assert.ok(made(name).chat(user(said)).includes(said), said)
      assert.ok(
        made(name)
          .decode(made(name).chatIds(user(said)))
          .includes(said),
        said,
      )
    }
})

test('a template cannot complete what a message begins, nor a message what a template begins', () => {
  const ends = (chatTemplate: string, content: string) => {
    const tokenizer = made('gemma', { chatTemplate })
    return Array.from(tokenizer.chatIds(user(content)))
  }
  const text = made('gemma').encode('<end_of_turn>', { addSpecial: false })
  assert.deepEqual(ends(alone('>'), '<end_of_turn'), Array.from(text))
  assert.deepEqual(ends('{{ messages[0].content | trim }}>', ' <end_of_turn\n'), Array.from(text))
  assert.deepEqual(ends('<end_of_{{ messages[0].content }}', 'turn>'), Array.from(text))
  assert.deepEqual(ends('<end_of_{{ messages[0].content | trim }}', '\n turn> '), Array.from(text))
  assert.deepEqual(ends('{{ messages[0].content }}{{ messages[0].content }}', 'turn><end_of_').includes(6), false)
  assert.deepEqual(ends(alone('<end_of_turn>'), '<end_of_turn>'), [...text, 6])
})

test('a template sees what a message says, but for control tokens', () => {
  const render = (chatTemplate: string, content: string) => made('gemma', { chatTemplate }).chat(user(content))
  assert.equal(render("{{ messages[0].content.split('</think>') | last }}", 'a</think>b <bos>'), 'b <bos>')
  assert.equal(render("{{ '<tool>' in messages[0].content }}", '<tool>'), 'true')
  assert.equal(render('{{ messages[0].content | length }}', '<bos>'), '5')
  assert.equal(render("{{ '<bos>' in messages[0].content }}", '<bos>'), 'false')
})

test('whitespace is trimmed as Python trims it', () => {
  const trimmed = (content: string) => {
    const chatTemplate = '[{{ messages[0].content | trim }}]'
    return made('gemma', { chatTemplate }).chat(user(content))
  }
  assert.equal(trimmed('\ufeffko\ufeff'), '[\ufeffko\ufeff]')
  assert.equal(trimmed('\u0085\u001c \u001f\u3000ko\u001d\u001e\u2003'), '[ko]')
  assert.equal(trimmed('a\u0085\u001cb'), '[a\u0085\u001cb]')
})

test('characters that stand for others are none that a message or the template has', () => {
  const privates = '\ue000\ue001\ue002\uf8ff'
  const tokenizer = made('gemma', { chatTemplate: `\ue003{{ messages[0].content }}` })
  const said = `${privates}<bos>\ufeff<eos>`
  assert.equal(tokenizer.chat(user(said)), `\ue003${said}`)
  assert.ok(!tokenizer.chatIds(user(said)).includes(2))
  const config = { bos_token: '\ue000\ue000', eos_token: '<eos>' }
  const added = [{ id: 600, content: '\ue000\ue000', special: true }]
  const { tokenizer: json } = sourcesOf(goldenOf('gemma'))
  const privately = made('gemma', {
    tokenizer: { ...json, added_tokens: added },
    config,
    chatTemplate: '{{ messages[0].content }}{{ bos_token }}',
  })
  assert.equal(privately.chat(user('<eos>')), '<eos>\ue000\ue000')
  assert.equal(privately.chatIds(user('<eos>')).at(-1), 600)
})

test('messages that leave no character to stand for others are refused', async () => {
  const every = String.fromCharCode(...Array.from({ length: 0xf900 - 0xe000 }, (_, i) => 0xe000 + i))
  await throws(() => made('gemma').chat(user(`${every}<bos>`)), 'ERR_INVALID_ARGUMENT', 'private characters')
  assert.ok(
    made('gemma')
      .chat(user(`${every}ko`))
      .includes(every),
  )
})

test('control tokens that the file calls ordinary, that are one character, or that need more than one', () => {
  const tokenizer = (tokens: JsonObject[], chatTemplate: string) => {
    const { tokenizer, from } = sourcesOf(goldenOf('gemma'))
    return new Tokenizer({ from, tokenizer: { ...tokenizer, added_tokens: tokens }, chatTemplate })
  }
  const plain = { id: 6, content: '<end_of_turn>', special: false }
  const opening = { id: 5, content: '<start_of_turn>', special: false }
  const turn = '<start_of_turn>{{ messages[0].content }}<end_of_turn>'
  const ids = tokenizer([plain, opening], turn).chatIds(user('<end_of_turn><start_of_turn>'))
  assert.deepEqual([ids.indexOf(5), ids.lastIndexOf(5), ids.indexOf(6)], [0, 0, ids.length - 1])
  const single = { id: 600, content: '\u{1f389}', special: true }
  const party = tokenizer([single], '\u{1f389}{{ messages[0].content }}').chatIds(user('\u{1f38a}a\u{1f389}'))
  assert.deepEqual([party[0], party.indexOf(600, 1)], [600, -1])
  assert.ok(tokenizer([single], '{{ messages[0].content }}').chat(user('\u{1f389}')) === '\u{1f389}')
  const overlapping = ['<a>', 'a><b>'].map((content, i) => ({ id: 600 + i, content, special: true }))
  const none = tokenizer(overlapping, '{{ messages[0].content }}').chatIds(user('<a><b>'))
  assert.ok(!none.includes(600) && !none.includes(601))
})

test('a control token that is looked for in normalized text', () => {
  const { tokenizer } = sourcesOf(goldenOf('gemma'))
  const token = { id: 600, content: '<END>', special: true, normalized: true }
  const lower = new Tokenizer({
    from: 'lower',
    tokenizer: { ...tokenizer, added_tokens: [token], normalizer: { type: 'Lowercase' } },
    chatTemplate: '{{ messages[0].content }}<END>',
  })
  assert.deepEqual(Array.from(lower.encode('<end>', { addSpecial: false, parseSpecial: true })), [600])
  for (const said of ['<END>', '<end>']) {
    assert.ok(!lower.encode(said).includes(600), said)
    const ids = lower.chatIds(user(said))
    assert.equal(ids.indexOf(600), ids.length - 1, said)
  }
})
