// What a model's source string means.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { resolveSource } from '#xling/model/source'
import { commit, emptyFolder, fakeHub, setVariables } from './hub/fake-hub.js'

function folderWith(t: TestContext, ...files: string[]): string {
  const folder = emptyFolder(t)
  for (const file of files) writeFileSync(join(folder, file), '{}')
  return folder
}

test('a folder and a .gguf file are found by any path to them', async t => {
  const folder = folderWith(t, 'config.json', 'a.gguf', 'B.GGUF')
  for (const source of [folder, `${folder}/`, relative('.', folder)])
    assert.deepEqual(await resolveSource(source), { kind: 'folder', folder })
  for (const file of ['a.gguf', 'B.GGUF'])
    for (const source of [join(folder, file), relative('.', join(folder, file))])
      assert.deepEqual(await resolveSource(source), { kind: 'gguf', file: join(folder, file) })
})

test('~ is the home folder', async t => {
  const before = process.env.HOME
  t.after(() => {
    process.env.HOME = before
  })
  process.env.HOME = folderWith(t, 'config.json')
  assert.equal(homedir(), process.env.HOME)
  mkdirSync(join(homedir(), 'm'))
  writeFileSync(join(homedir(), 'm/config.json'), '{}')
  assert.deepEqual(await resolveSource('~'), { kind: 'folder', folder: homedir() })
  assert.deepEqual(await resolveSource('~/m'), { kind: 'folder', folder: join(homedir(), 'm') })
})

test('a folder that exists wins over a model of the hub', async t => {
  const hub = await fakeHub(t, {})
  const before = process.cwd()
  t.after(() => process.chdir(before))
  process.chdir(emptyFolder(t))
  mkdirSync('owner/model', { recursive: true })
  await assert.rejects(resolveSource('owner/model'), { code: 'ERR_FILE_NOT_FOUND', message: /has no config\.json/ })
  writeFileSync('owner/model/config.json', '{}')
  assert.deepEqual(await resolveSource('owner/model'), { kind: 'folder', folder: resolve('owner/model') })
  assert.deepEqual(hub.api, [])
})

test('a path that is not there is named whole', async t => {
  const hub = await fakeHub(t, {})
  const paths: [source: string, path: string][] = [
    ['./no/model', resolve('no/model')],
    ['../no', resolve('../no')],
    ['.', ''], // is there, without config.json
    ['/no/model', '/no/model'],
    ['/dev/null/model', '/dev/null/model'],
    ['~/no/model-here', join(homedir(), 'no/model-here')],
    ['~other/model', resolve('~other/model')],
    ['runs\\demo', resolve('runs\\demo')],
    ['no/model.gguf', resolve('no/model.gguf')],
    ['model.GGUF', resolve('model.GGUF')],
  ]
  for (const [source, path] of paths)
    await assert.rejects(resolveSource(source), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ERR_FILE_NOT_FOUND', source)
      const said = path === '' ? `the folder ${resolve('.')} has no config.json` : `there is no ${path}: a model is `
      assert.ok(error.message.startsWith(said), error.message)
      return true
    })
  assert.deepEqual(hub.api, [])
})

test('a folder or file that is no model says what to give', async t => {
  const cases: [files: string[], said: RegExp][] = [
    [[], /has no config\.json; give the folder that holds it/],
    [['model.safetensors'], /has no config\.json; give the folder that holds it/],
    [['q8.gguf'], /has no config\.json; to load its GGUF file, give .*q8\.gguf$/],
    [['adapter_config.json'], /has no config\.json; it is an adapter: load its base model/],
  ]
  for (const [files, message] of cases)
    await assert.rejects(resolveSource(folderWith(t, ...files)), { code: 'ERR_FILE_NOT_FOUND', message })
  const folder = folderWith(t, 'model.safetensors')
  mkdirSync(join(folder, 'config.json'))
  await assert.rejects(resolveSource(folder), { code: 'ERR_FILE_NOT_FOUND' })
  const file = join(folder, 'model.safetensors')
  await assert.rejects(resolveSource(file), { code: 'ERR_UNSUPPORTED_FILE', message: /is a file, but not \.gguf/ })
})

test('what is neither a path nor a hub id is refused', async t => {
  const hub = await fakeHub(t, {})
  for (const source of [
    '',
    'a/b/c',
    'a b',
    'a/',
    'a@',
    '@main',
    'a@../x',
    'a@b@{1}',
    'https://huggingface.co/a/b',
    'a\0',
  ])
    await assert.rejects(resolveSource(source), { code: 'ERR_INVALID_ARGUMENT' }, source)
  await assert.rejects(resolveSource('runs/demo/model'), {
    message: `there is no ${resolve('runs/demo/model')}, and 'runs/demo/model' is no model of the hub: a hub id is 'owner/name' \
or 'name', with '@revision' after it for a branch, tag or commit`,
  })
  for (const source of [undefined, null, 7, ['a']])
    await assert.rejects(resolveSource(source as unknown as string), { code: 'ERR_INVALID_ARGUMENT' })
  const folder = folderWith(t, 'config.json')
  await assert.rejects(resolveSource(folder, { sginal: 1 } as object), {
    code: 'ERR_UNKNOWN_OPTION',
    message: /'signal'/,
  })
  assert.deepEqual(hub.api, [])
})

test('a hub id is fetched, at the revision after @', async t => {
  const hub = await fakeHub(t, { 'config.json': '{}', 'model.safetensors': 'weights' })
  for (const id of ['owner/model', 'bert-base-uncased'])
    for (const revision of ['main', 'refs/pr/1', commit]) {
      hub.id = id
      const source = revision === 'main' ? id : `${id}@${revision}`
      const found = await resolveSource(source)
      assert.ok(found.kind === 'folder')
      assert.deepEqual(found.repository, { type: 'model', id, revision })
      assert.equal(basename(found.folder), commit)
    }
  await assert.rejects(resolveSource('bert-base-uncased@v9'), { code: 'ERR_HUB_NOT_FOUND', message: /'v9'/ })
})

test('an abort stops the download', async t => {
  const hub = await fakeHub(t, { 'config.json': '{}', 'model.safetensors': 'weights' })
  const controller = new AbortController()
  const reason = new Error('enough')
  hub.misbehave = () => {
    setImmediate(() => controller.abort(reason))
    return true
  }
  await assert.rejects(resolveSource(hub.id, { signal: controller.signal }), error => error === reason)
})

test('offline, a hub id is what the cache holds', async t => {
  const hub = await fakeHub(t, { 'config.json': '{}', 'model.safetensors': 'weights' })
  const found = await resolveSource(hub.id)
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home, HF_HUB_OFFLINE: '1' })
  hub.api.length = 0
  assert.deepEqual(await resolveSource(hub.id), found)
  assert.deepEqual(hub.api, [])
})
