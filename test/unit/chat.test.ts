// Conversations as text and as ids, by a model's own template and by the built-in formats.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import type { Message } from '#xling/tokenizer/chat/messages'
import { strftime } from '#xling/tokenizer/chat/strftime'
import type { TokenizerSources } from '#xling/tokenizer/sources'
import { Tokenizer } from '#xling/tokenizer/tokenizer'
import { throws } from '../boundary/throws.js'
import { type FamilyGolden, readGolden, sourcesOf } from '../golden/tokenizer/golden.js'

const untyped = <T>(value: unknown) => value as T

const formats = ['gemma', 'llama3', 'chatml'] as const
const goldens = new Map<string, FamilyGolden>()
before(async () => {
  for (const name of [...formats, 'bert']) goldens.set(name, await readGolden<FamilyGolden>(name))
})

const goldenOf = (name: string) => goldens.get(name) as FamilyGolden
const made = (name: string, changes: Partial<TokenizerSources> = {}) =>
  new Tokenizer(sourcesOf(goldenOf(name), changes))

const ask: Message[] = [{ role: 'user', content: 'ko' }]

for (const name of formats)
  for (const route of ['the built-in format', "the model's own template"])
    test(`${name}: ${route} writes what Python's transformers writes`, () => {
      const golden = goldenOf(name)
      const own = route === 'the built-in format' ? {} : { chatTemplate: golden.template as string }
      const tokenizer = made(name, own)
      assert.ok(golden.chats && golden.chats.length > 0)
      for (const { messages, prompt, text, ids } of golden.chats) {
        const what = JSON.stringify(messages)
        assert.equal(tokenizer.chat(messages, { addGenerationPrompt: prompt }), text, what)
        assert.deepEqual(Array.from(tokenizer.chatIds(messages, { addGenerationPrompt: prompt })), ids, what)
      }
    })

test('the opening of the answer is there by default', () => {
  for (const name of formats) {
    const tokenizer = made(name)
    assert.equal(tokenizer.chat(ask), tokenizer.chat(ask, { addGenerationPrompt: true }))
    assert.ok(tokenizer.chat(ask).startsWith(tokenizer.chat(ask, { addGenerationPrompt: false })))
  }
})

test('BOS is put once, by the format', () => {
  const count = (tokenizer: Tokenizer) => tokenizer.chatIds(ask).filter(id => id === tokenizer.bosId).length
  assert.equal(count(made('gemma')), 1)
  assert.equal(count(made('llama3')), 1)
  const bare = { bos_token: '<bos>', eos_token: '<eos>', add_bos_token: false }
  assert.equal(count(made('gemma', { config: bare })), 1)
  // In ChatML, BOS is put where the tokenizer adds one.
  const config = { bos_token: '<|endoftext|>', eos_token: '<|im_end|>' }
  assert.equal(count(made('chatml', { config })), 0)
  assert.equal(count(made('chatml', { config: { ...config, add_bos_token: true } })), 1)
  // A text that already has it, parsed, is not given another.
  const gemma = made('gemma')
  assert.deepEqual(gemma.encode(gemma.chat(ask), { parseSpecial: true }), gemma.chatIds(ask))
})

test('where a template of its own is', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'xling-chat-'))
  t.after(() => rm(folder, { recursive: true }))
  const write = (name: string, content: unknown) =>
    writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  for (const [name, content] of Object.entries(goldenOf('gemma').files)) await write(name, content)
  const chat = async () => (await Tokenizer.fromFolder(folder)).chat(ask)
  assert.equal(await chat(), made('gemma').chat(ask))
  const config = { ...goldenOf('gemma').files['tokenizer_config.json'] }
  const named = (name: string) => ({ name, template: `${name}: {{ messages[0].content }}` })
  await write('tokenizer_config.json', { ...config, chat_template: 'config: {{ messages[0].content }}' })
  assert.equal(await chat(), 'config: ko')
  await write('tokenizer_config.json', { ...config, chat_template: [named('tool_use'), named('default')] })
  assert.equal(await chat(), 'default: ko')
  await write('chat_template.json', { chat_template: 'json: {{ messages[0].content }}' })
  assert.equal(await chat(), 'json: ko')
  await write('chat_template.jinja', 'jinja: {{ messages[0].content }}')
  assert.equal(await chat(), 'jinja: ko')
  await write('chat_template.jinja', '{# in vain #}')
  assert.equal(await chat(), '')
})

test('a template is given what transformers gives it', () => {
  const render = (chatTemplate: string) => made('gemma', { chatTemplate }).chat(ask)
  assert.equal(render('{{ bos_token }}{{ eos_token }}{{ unk_token }}'), '<bos><eos><unk>')
  assert.equal(render('{{ cls_token is defined }} {{ tools is none }} {{ documents is none }}'), 'false true true')
  assert.equal(render('{% for i in range(3) %}{{ i }}{% endfor %}{{ range(6, 0, -2) | join }}'), '012642')
  assert.equal(render('{% if add_generation_prompt %}\n  yes\n  {% endif %}\n'), '  yes\n')
  assert.equal(render("{{ strftime_now('%Y') }}"), String(new Date().getFullYear()))
  assert.equal(render('{{ true and True and not none and not False }}'), 'true')
})

test('dates are written in English', () => {
  const date = new Date(2024, 0, 5, 7, 8, 9)
  assert.equal(
    strftime(date, '%A %a %d %B %b %m %Y %y %H:%M:%S %% %q %'),
    'Friday Fri 05 January Jan 01 2024 24 07:08:09 % %q %',
  )
})

test('no template and no format that the tokens tell of: ERR_NO_CHAT_TEMPLATE', async () => {
  const bert = made('bert')
  for (const call of [() => bert.chat(ask), () => bert.chatIds(ask)]) {
    await throws(call, 'ERR_NO_CHAT_TEMPLATE', 'golden has no chat template')
    await throws(
      call,
      'ERR_NO_CHAT_TEMPLATE',
      '<start_of_turn> (gemma), <|start_header_id|> (llama3), <|im_start|> (chatml)',
    )
  }
  assert.equal(made('bert', { chatTemplate: '{{ messages[0].content }}' }).chat(ask), 'ko')
  const config = { chat_template: [{ name: 'tool_use', template: 'x' }] }
  await throws(() => made('bert', { config }).chat(ask), 'ERR_NO_CHAT_TEMPLATE', 'none named default')
})

test('what is no conversation is refused', async () => {
  const tokenizer = made('llama3')
  const chat = (messages: unknown) => () => tokenizer.chat(untyped(messages))
  await throws(chat('ko'), 'ERR_INVALID_ARGUMENT', 'messages must be an array')
  await throws(chat([]), 'ERR_INVALID_ARGUMENT', 'messages is empty')
  await throws(chat(['ko']), 'ERR_INVALID_ARGUMENT', 'messages[0]: options must be an object')
  await throws(
    chat([...ask, { role: 'tool', content: '' }]),
    'ERR_INVALID_ARGUMENT',
    "messages[1]: there is no role 'tool'",
  )
  await throws(chat([{ role: 'user' }]), 'ERR_INVALID_ARGUMENT', 'messages[0]: content must be a string')
  await throws(chat([{ role: 'user', content: 'a', name: 'b' }]), 'ERR_UNKNOWN_OPTION', "there is no option 'name'")
  await throws(() => tokenizer.chatIds(ask, untyped({ prompt: true })), 'ERR_UNKNOWN_OPTION', 'addGenerationPrompt')
  await throws(
    () => tokenizer.chat(ask, untyped({ addGenerationPrompt: 'yes' })),
    'ERR_INVALID_ARGUMENT',
    'addGenerationPrompt must be true or false',
  )
})

test('a conversation that a format or template does not take is refused', async () => {
  const [assistant, system] = (['assistant', 'system'] as const).map(role => ({ role, content: 'x' })) as [
    Message,
    Message,
  ]
  const [user] = ask as [Message]
  const turns: [Message[], string][] = [
    [[assistant], "turn 1 is assistant's"],
    [[user, user], "turn 2 is user's"],
    [[system, user, system], "turn 2 is system's"],
    [[system], 'a system message needs a user message after it'],
  ]
  for (const [messages, found] of turns) await throws(() => made('gemma').chat(messages), 'ERR_INVALID_ARGUMENT', found)
  const own = made('gemma', { chatTemplate: goldenOf('gemma').template as string })
  const refusal = "the model's chat template refuses these messages: user and assistant must take turns"
  await throws(() => own.chat([user, user]), 'ERR_INVALID_ARGUMENT', refusal)
})

test('a template that cannot be used is refused when it is', async () => {
  const own = (chatTemplate: string) => made('gemma', { chatTemplate })
  assert.ok(own('{% if %}').encode('ko').length > 0)
  await throws(() => own('{% if %}').chat(ask), 'ERR_INVALID_TOKENIZER', 'golden: the chat template cannot be parsed')
  await throws(
    () => own('{{ 1 | no }}').chat(ask),
    'ERR_INVALID_TOKENIZER',
    'golden: the chat template cannot be rendered',
  )
})
