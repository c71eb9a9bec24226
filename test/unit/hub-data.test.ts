// Files of data sets come from the hub as those of models do.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { resolveFiles } from '#xling/data/source'
import type { Repository } from '#xling/model/hub/repository'
import { downloadDataFiles } from '#xling/model/hub-data'
import { throws } from '../boundary/throws.js'
import { commit, type FakeHub, fakeHub, refuse, setVariables } from './hub/fake-hub.js'
import { assertNothingHalf, on, storageOf } from './hub/outcome.js'

const files = {
  'README.md': 'A card.',
  'hau/train.csv': 'text\na\n',
  'hau/test.csv': 'text\nb\n',
  'yor/train.csv': 'text\nc\n',
  'data/train-0.parquet': Buffer.alloc(100_000, 'parquet '),
  'odd[1].csv': 'text\nd\n',
  'odd1.csv': 'text\ne\n',
}

const dataHub = (t: TestContext) => fakeHub(t, files, 'dataset')

const repositoryOf = ({ id }: FakeHub, revision = 'main'): Repository => ({ type: 'dataset', id, revision })

/** The paths in the snapshot of what is given for a pattern. */
async function pathsFor(hub: FakeHub, pattern: string): Promise<string[]> {
  const folder = join(storageOf(hub), 'snapshots', commit, '/')
  const found = await downloadDataFiles(repositoryOf(hub), pattern)
  return found.map(path => {
    assert.ok(path.startsWith(folder), path)
    assert.deepEqual(readFileSync(path), Buffer.from(hub.files[path.slice(folder.length)] ?? 'none'))
    return path.slice(folder.length)
  })
}

test('what is missing or refused is named as a data set', async t => {
  const hub = await dataHub(t)
  const get = (pattern: string, repository = repositoryOf(hub)) => downloadDataFiles(repository, pattern)
  await throws(
    () => get('hau/dev.csv'),
    'ERR_HUB_NOT_FOUND',
    "'owner/dataset' at revision 'main' has no file 'hau/dev.csv'",
  )
  await throws(() => get('ibo/*.csv'), 'ERR_HUB_NOT_FOUND', "has no file that matches 'ibo/*.csv'")
  await throws(() => get('[b-a].csv'), 'ERR_HUB_NOT_FOUND', "no file that matches '[b-a].csv'")
  const other: Repository = { type: 'dataset', id: 'owner/other', revision: 'main' }
  await throws(() => get('a.csv', other), 'ERR_HUB_NOT_FOUND', 'there is no such data set, or it is private')
  await throws(() => get('a.csv', repositoryOf(hub, 'v9')), 'ERR_HUB_NOT_FOUND', 'has no such revision')
  hub.misbehave = on('/hau/train.csv', (_, response) => refuse(response, 403, 'GatedRepo', 'Access is restricted'))
  await throws(() => get('hau/*'), 'ERR_HUB_GATED', `accept its terms at ${hub.endpoint}/datasets/owner/dataset`)
  hub.misbehave = () => false
  hub.listed = [{ type: 'file', path: '../out.csv', size: 1, oid: 'a' }]
  await throws(() => get('*'), 'ERR_HUB_FAILED', "leaves the data set's folder")
  assertNothingHalf(hub)
})

test('a path or a glob is fetched, alone and once, into the cache that Python shares', async t => {
  const hub = await dataHub(t)
  assert.deepEqual(await pathsFor(hub, '*/train.csv'), ['hau/train.csv', 'yor/train.csv'])
  assert.deepEqual(
    hub.bodies.map(({ url }) => url),
    [
      `/datasets/owner/dataset/resolve/${commit}/hau/train.csv`,
      `/datasets/owner/dataset/resolve/${commit}/yor/train.csv`,
    ],
  )
  assert.deepEqual(await pathsFor(hub, '**/*.csv'), [
    'hau/test.csv',
    'hau/train.csv',
    'odd1.csv',
    'odd[1].csv',
    'yor/train.csv',
  ])
  assert.equal(hub.bodies.length, 5)
  assert.deepEqual(await pathsFor(hub, 'data/train-0.parquet'), ['data/train-0.parquet'])
  assert.deepEqual(await pathsFor(hub, '{hau,yor}/tr*[^x].csv'), ['hau/train.csv', 'yor/train.csv'])
  // A name that is there is no glob.
  assert.deepEqual(await pathsFor(hub, 'odd[1].csv'), ['odd[1].csv'])
  assert.equal(readFileSync(join(storageOf(hub), 'refs/main'), 'utf8'), commit)
})

test('offline, the cache is what there is', async t => {
  const hub = await dataHub(t)
  await pathsFor(hub, 'hau/*.csv')
  setVariables(t, { HF_ENDPOINT: hub.endpoint, HF_HOME: hub.home, HF_HUB_OFFLINE: '1' })
  const asked = hub.api.length
  assert.deepEqual(await pathsFor(hub, '**'), ['hau/test.csv', 'hau/train.csv'])
  assert.deepEqual(await pathsFor(hub, 'hau/test.csv'), ['hau/test.csv'])
  for (const pattern of ['yor/train.csv', 'yor/*.csv'])
    await throws(
      () => pathsFor(hub, pattern),
      'ERR_HUB_OFFLINE',
      `lacks ${pattern} of 'owner/dataset' at revision 'main'`,
    )
  await throws(
    () => downloadDataFiles({ type: 'dataset', id: 'owner/none', revision: 'main' }, '*'),
    'ERR_HUB_OFFLINE',
    'lacks *',
  )
  assert.equal(hub.api.length, asked)
})

test('an abort rejects with its reason, before and during', async t => {
  const hub = await dataHub(t)
  const controller = new AbortController()
  const reason = new Error('enough')
  hub.misbehave = on('/hau/train.csv', () => {
    controller.abort(reason)
    return true
  })
  for (let times = 0; times < 2; times++)
    await assert.rejects(downloadDataFiles(repositoryOf(hub), 'hau/*', { signal: controller.signal }), reason)
})

test('addresses lead to repository, revision and path', async t => {
  const hub = await dataHub(t)
  const found = async (address: string) => (await resolveFiles(address)).map(path => path.split(`${commit}/`)[1])
  for (const revision of [
    '',
    '@main',
    '@refs/pr/1',
    '@refs%2Fpr%2F1',
    `@${commit}`,
    '@refs/convert/parquet',
    '@~parquet',
  ])
    assert.deepEqual(await found(`hf://datasets/owner/dataset${revision}/hau/test.csv`), ['hau/test.csv'], revision)
  hub.id = 'plain'
  assert.deepEqual(await found('hf://datasets/plain/odd1.csv'), ['odd1.csv'])
  assert.deepEqual(await found('hf://datasets/plain@main/hau/*.csv'), ['hau/test.csv', 'hau/train.csv'])
})

test('what is no address is refused, and nothing is asked', async t => {
  const hub = await dataHub(t)
  for (const [address, why] of [
    ['hf://owner/dataset/a.csv', 'is no data set'],
    ['hf://models/owner/name/a.csv', 'is no data set'],
    ['hf://datasets/', 'names no file'],
    ['hf://datasets/name', 'names no file'],
    ['hf://datasets/owner/name@main', 'names no file'],
    ['hf://datasets/owner/name@main/', 'names no file'],
    ['hf://datasets/owner/name//a.csv', 'names no file'],
    ['hf://datasets/owner/name/../a.csv', 'names no file'],
    ['hf://datasets/owner/name@%E0%A4%A/a.csv', 'has a broken %'],
    ['hf://datasets/owner/name@a..b/a.csv', "'a..b' cannot be a revision"],
    ['hf://datasets/-owner/name/a.csv', "'-owner/name' is no data set of the hub"],
  ] as const)
    await throws(() => resolveFiles(address), 'ERR_INVALID_ARGUMENT', why)
  assert.deepEqual(hub.api, [])
})
