// Models come from the hub whole, once, into the cache that Python's huggingface_hub shares.
import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type DownloadOptions, downloadModel } from '#xling/model/hub'
import { commit, emptyFolder, etagOf, type FakeHub, fakeHub, refuse, setVariables } from './hub/fake-hub.js'
import { small, storageOf, weights } from './hub/outcome.js'

// Every file of a folder, relative, sorted.
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)))
    .sort()

// The same model without the hub: what is in the cache.
function offline(t: TestContext, hub: FakeHub, options?: DownloadOptions) {
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home, HF_HUB_OFFLINE: '1' })
  return downloadModel(hub.id, options)
}

test('a model is laid out as Python lays it out', async t => {
  const hub = await fakeHub(t, { ...small, '1_Pooling/config.json': '{}', 'vocab.txt': '' })
  const folder = await downloadModel(hub.id)
  const storage = storageOf(hub)
  assert.equal(folder, join(storage, 'snapshots', commit))
  assert.deepEqual(filesIn(folder), Object.keys(hub.files).sort())
  for (const [path, content] of Object.entries(hub.files)) {
    assert.deepEqual(readFileSync(join(folder, path)), Buffer.from(content), path)
    const up = path.includes('/') ? '../../../../' : '../../../'
    assert.equal(readlinkSync(join(folder, path)), `${up.slice(3)}blobs/${etagOf(path, content)}`)
  }
  assert.deepEqual(filesIn(join(storage, 'refs')), ['main'])
  assert.equal(readFileSync(join(storage, 'refs/main'), 'utf8'), commit)
  assert.deepEqual(
    readdirSync(join(storage, 'blobs')).sort(),
    Object.entries(hub.files)
      .map(([path, content]) => etagOf(path, content))
      .sort(),
  )
})

test('only what a model needs is fetched', async t => {
  const needed = [
    'config.json generation_config.json tokenizer.json tokenizer_config.json special_tokens_map.json added_tokens.json',
    'chat_template.json chat_template.jinja vocab.json vocab.txt merges.txt tokenizer.model sentencepiece.bpe.model',
    'modules.json sentence_bert_config.json config_sentence_transformers.json 1_Pooling/config.json 2_Dense/config.json',
    'model.safetensors 2_Dense/model.safetensors sentence_xlm-roberta_config.json',
  ].flatMap(line => line.split(' '))
  const needless = [
    'README.md pytorch_model.bin tf_model.h5 onnx/model.onnx onnx/config.json training_args.bin optimizer.pt model.bin',
    'model.safetensors.index.json model-00001-of-00001.safetensors consolidated.safetensors original/config.json',
    'adapter_config.json 1_Pooling/pytorch_model.bin onnx/model.safetensors tokenizer.py run/tokenizer.json .gitattributes',
  ].flatMap(line => line.split(' '))
  const hub = await fakeHub(t, Object.fromEntries([...needless, ...needed].map(path => [path, path])))
  hub.listed = [{ type: 'directory', path: 'tokenizer.json.json', size: 0, oid: 'a' }]
  assert.deepEqual(filesIn(await downloadModel(hub.id)), needed.sort())
  assert.equal(hub.bodies.length, needed.length)
})

test('what the cache holds is not fetched again, also under another revision', async t => {
  const hub = await fakeHub(t, small)
  const folder = await downloadModel(hub.id)
  hub.bodies.length = 0
  assert.equal(await downloadModel(hub.id), folder)
  assert.equal(await downloadModel(hub.id, { revision: 'refs/pr/1' }), folder)
  hub.api.length = 0
  assert.equal(await downloadModel(hub.id, { revision: commit }), folder)
  assert.deepEqual(
    hub.api.map(({ url }) => url),
    [`/api/models/${hub.id}/tree/${commit}`],
  )
  assert.deepEqual(hub.bodies, [])
  assert.deepEqual(filesIn(join(storageOf(hub), 'refs')), ['main', 'refs/pr/1'])
})

test('a file that the cache has in part or not at all is fetched alone', async t => {
  const hub = await fakeHub(t, small)
  const folder = await downloadModel(hub.id)
  const blob = join(storageOf(hub), 'blobs', etagOf('config.json', small['config.json']))
  for (const damage of [() => writeFileSync(blob, 'short'), () => rmSync(blob)]) {
    hub.bodies.length = 0
    damage()
    await downloadModel(hub.id)
    assert.deepEqual(
      hub.bodies.map(({ url }) => url),
      [`/${hub.id}/resolve/${commit}/config.json`],
    )
    assert.equal(readFileSync(join(folder, 'config.json'), 'utf8'), small['config.json'])
  }
})

test('shards are those that the index names, each once', async t => {
  const shards = ['model-00001-of-00002.safetensors', 'parts/model-00002-of-00002.safetensors']
  const weight_map = { a: shards[1], b: shards[0], c: shards[1] }
  const hub = await fakeHub(t, {
    'config.json': '{}',
    'model.safetensors.index.json': JSON.stringify({ metadata: {}, weight_map }),
    'model-00003-of-00002.safetensors': 'stray',
    ...Object.fromEntries(shards.map(shard => [shard, shard])),
  })
  const folder = await downloadModel(hub.id)
  assert.deepEqual(filesIn(folder), ['config.json', ...shards, 'model.safetensors.index.json'].sort())
  assert.equal(await offline(t, hub), folder)
  rmSync(join(folder, 'config.json'))
  await assert.rejects(offline(t, hub), { code: 'ERR_HUB_OFFLINE', message: /lacks config\.json of/ })
  writeFileSync(join(folder, 'config.json'), '{}')
  rmSync(join(folder, 'parts'), { recursive: true })
  await assert.rejects(offline(t, hub), {
    code: 'ERR_HUB_OFFLINE',
    message: /lacks parts\/model-00002-of-00002\.safetensors of/,
  })
})

test('files can be named in place of a model', async t => {
  const hub = await fakeHub(t, { 'adapter/ä #1?.json': '{}', 'b.txt': 'b' })
  const folder = await downloadModel(hub.id, { files: ['adapter/ä #1?.json'] })
  assert.deepEqual(filesIn(folder), ['adapter/ä #1?.json'])
  assert.equal(await offline(t, hub, { files: ['adapter/ä #1?.json'] }), folder)
  for (const path of ['b.txt', '../../refs/main'])
    await assert.rejects(offline(t, hub, { files: [path] }), { code: 'ERR_HUB_OFFLINE' }, path)
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home })
  await assert.rejects(downloadModel(hub.id, { files: ['b.txt', 'c.txt'] }), {
    code: 'ERR_HUB_NOT_FOUND',
    message: "'owner/model' at revision 'main' has no file 'c.txt'",
  })
})

test('progress counts the bytes of what was not there', async t => {
  const hub = await fakeHub(t, { ...small, 'vocab.txt': 'words' })
  await downloadModel(hub.id, { files: ['config.json'] })
  const seen: number[] = []
  const files = new Set<string>()
  await downloadModel(hub.id, {
    onProgress: ({ file, received, total }) => {
      assert.equal(total, weights.length + 'words'.length)
      files.add(file)
      seen.push(received)
    },
  })
  assert.deepEqual([...files], ['vocab.txt', 'model.safetensors'])
  assert.deepEqual(seen.slice(0, 3), [0, 5, 5])
  assert.equal(seen.at(-1), weights.length + 'words'.length)
  assert.ok(seen.length > 4)
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  )
})

test('an error of the progress callback is passed on as it is', async t => {
  const hub = await fakeHub(t, small)
  const own = new Error('own')
  const onProgress = () => {
    throw own
  }
  await assert.rejects(downloadModel(hub.id, { onProgress }), error => error === own)
})

test('offline asks nobody', async t => {
  const hub = await fakeHub(t, small)
  const folder = await downloadModel(hub.id)
  hub.api.length = 0
  hub.bodies.length = 0
  assert.equal(await offline(t, hub), folder)
  assert.equal(await offline(t, hub, { revision: commit }), folder)
  const reason = new Error('enough')
  await assert.rejects(offline(t, hub, { signal: AbortSignal.abort(reason) }), error => error === reason)
  for (const HF_HUB_OFFLINE of ['true', 'YES', 'on']) {
    setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home, HF_HUB_OFFLINE })
    assert.equal(await downloadModel(hub.id), folder)
  }
  assert.deepEqual([...hub.api, ...hub.bodies], [])
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home, HF_HUB_OFFLINE: '0' })
  await downloadModel(hub.id)
  assert.equal(hub.api.length, 2)
})

test('offline says what the cache lacks', async t => {
  const hub = await fakeHub(t, small)
  const lacks = (what: RegExp) => ({ code: 'ERR_HUB_OFFLINE', message: what })
  await assert.rejects(
    offline(t, hub),
    lacks(/models--owner--model lacks config\.json, model\.safetensors of .*'main'/),
  )
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home })
  const folder = await downloadModel(hub.id)
  await assert.rejects(offline(t, hub, { revision: 'v2' }), lacks(/lacks config\.json, .* at revision 'v2'/))
  rmSync(join(storageOf(hub), 'blobs', etagOf('model.safetensors', weights))) // leaves a link to nothing
  assert.ok(lstatSync(join(folder, 'model.safetensors')).isSymbolicLink())
  await assert.rejects(offline(t, hub), lacks(/lacks model\.safetensors of/))
})

test('the token goes to the hub, and to no other host', async t => {
  const hub = await fakeHub(t, small)
  writeFileSync(join(hub.home, 'token'), 'hf_file\n')
  const sent = async () => {
    hub.api.length = 0
    hub.bodies.length = 0
    rmSync(join(hub.home, 'hub'), { recursive: true, force: true })
    await downloadModel(hub.id)
    const [config, model] = hub.bodies
    assert.equal(model?.url, '/model.safetensors')
    assert.equal(model.authorization, undefined)
    return [...new Set([...hub.api, config].map(asked => asked?.authorization))]
  }
  assert.deepEqual(await sent(), ['Bearer hf_file'])
  setVariables(t, { HF_ENDPOINT: `${hub.endpoint}/`, HF_HOME: hub.home, HF_TOKEN: ' own_format ' })
  assert.deepEqual(await sent(), ['Bearer own_format'])
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home, HF_TOKEN: '' })
  rmSync(join(hub.home, 'token'))
  assert.deepEqual(await sent(), [undefined])
})

test('files are asked for as they are, since a range of a compressed one would be no part of it', async t => {
  const hub = await fakeHub(t, small)
  const encodings: unknown[] = []
  hub.misbehave = ({ url, headers }) => {
    if (!url?.startsWith('/api/')) encodings.push(headers['accept-encoding'])
    return false
  }
  await downloadModel(hub.id)
  assert.deepEqual(encodings, ['identity', 'identity'])
})

test('the next page of a listing does not carry the token elsewhere', async t => {
  const hub = await fakeHub(t, small)
  const other = await fakeHub(t, {})
  other.misbehave = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
    return true
  }
  hub.misbehave = ({ url }, response) => {
    if (url?.includes('/tree/')) response.setHeader('link', `<${other.endpoint}/page2>; rel="next"`)
    return false
  }
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home, HF_TOKEN: 'hf_secret' })
  await downloadModel(hub.id)
  assert.deepEqual(other.api, [{ url: '/page2', authorization: undefined, range: undefined }])
})

test('the cache is where the variables say', async t => {
  const hub = await fakeHub(t, small)
  const other = emptyFolder(t)
  const places = [
    [{ HF_HOME: hub.home, HF_HUB_CACHE: other }, other],
    [{ HF_HOME: '', XDG_CACHE_HOME: other }, join(other, 'huggingface/hub')],
  ] as const
  for (const [variables, cache] of places) {
    setVariables(t, { HF_ENDPOINT: hub.endpoint, ...variables })
    assert.equal(await downloadModel(hub.id), join(cache, 'models--owner--model/snapshots', commit))
  }
})

test('what cannot be a model or setting is refused before anything is asked', async t => {
  const hub = await fakeHub(t, small)
  const refused = { code: 'ERR_INVALID_ARGUMENT' }
  for (const id of ['', 'a/b/c', '/a', 'a/', '../a', 'a/..', 'a b', '-a', 'a.', 'a--b', 'a/b.git', 'ä', 'a'.repeat(97)])
    await assert.rejects(downloadModel(id), refused, id)
  for (const revision of [
    '',
    '..',
    'a/../b',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a.',
    'a..b',
    'a b',
    'a\\b',
    'a\nb',
    'a?b',
    '@{u}',
  ])
    await assert.rejects(downloadModel(hub.id, { revision }), refused, revision)
  await assert.rejects(downloadModel(hub.id, { file: [] } as object), { code: 'ERR_UNKNOWN_OPTION' })
  for (const files of [[], 'config.json']) await assert.rejects(downloadModel(hub.id, { files } as object), refused)
  for (const HF_ENDPOINT of ['huggingface.co', 'ftp://huggingface.co']) {
    setVariables(t, { HF_ENDPOINT, HF_HOME: hub.home })
    await assert.rejects(downloadModel(hub.id), { ...refused, message: /HF_ENDPOINT/ })
  }
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home, HF_TOKEN: 'hf_\u2026' })
  await assert.rejects(downloadModel(hub.id), { ...refused, message: /HF_TOKEN/ })
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home })
  mkdirSync(join(hub.home, 'token'))
  await assert.rejects(downloadModel(hub.id), { code: 'ERR_FILE_FAILED', message: /token/ })
  assert.deepEqual([...hub.api, ...hub.bodies], [])
})

test('names at the edge of the rules are asked for', async t => {
  const hub = await fakeHub(t, small)
  for (const id of ['a', 'bert-base-uncased', '_a/b_', 'A.b/c.d-e', 'a'.repeat(96)]) {
    hub.misbehave = (_, response) => refuse(response, 404, 'RepoNotFound', 'Repository not found')
    await assert.rejects(downloadModel(id), { code: 'ERR_HUB_NOT_FOUND' }, id)
  }
})
