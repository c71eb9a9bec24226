// From a hub's id to logits of a conversation, and on into a folder that another load takes.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Decoder } from 'xling'
import { type FamilyGolden, readGolden } from '../golden/tokenizer/golden.js'
import { emptyFolder, fakeHub, setVariables } from '../unit/hub/fake-hub.js'

const model = fileURLToPath(new URL('./test/golden/decoder/llama-f32/', import.meta.resolve('xling/package.json')))

test('a model of the hub is fetched, talked to, saved with its tokenizer, and loaded without the hub', async t => {
  const { files: tokenizer, chats = [] } = await readGolden<FamilyGolden>('llama3')
  const texts = Object.entries(tokenizer).map(([name, content]) => [name, JSON.stringify(content)] as const)
  const hub = await fakeHub(t, {
    ...Object.fromEntries(texts),
    'config.json': await readFile(join(model, 'config.json'), 'utf8'),
    'model.safetensors': await readFile(join(model, 'model.safetensors')),
  })

  await using decoder = await Decoder.load(`${hub.id}@main`)
  assert.equal(decoder.tokenizer, decoder.tokenizer)
  const [chat] = chats
  assert.ok(chat)
  const ids = decoder.tokenizer.chatIds(chat.messages, { addGenerationPrompt: chat.prompt })
  assert.deepEqual([...ids], chat.ids)
  const logits = await decoder.logits(ids)
  await using direct = await Decoder.load(model)
  assert.deepEqual(logits, await direct.logits(ids))

  const folder = join(emptyFolder(t), 'copy')
  await decoder.save(folder, { dtype: 'f32' })
  setVariables(t, { HF_ENDPOINT: 'http://127.0.0.1:9', HF_HOME: hub.home, HF_HUB_OFFLINE: '1' })
  await using copy = await Decoder.load(folder)
  assert.deepEqual(copy.tokenizer.chatIds(chat.messages, { addGenerationPrompt: chat.prompt }), ids)
  assert.deepEqual(await copy.logits(ids), logits)
  assert.ok((await readdir(folder)).includes('tokenizer.json'))
  await using again = await Decoder.load(hub.id)
  assert.deepEqual(await again.logits(ids), logits)
})
