// An adapter's folder: what is read, what is refused, what a broken-off save leaves.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ErrorCode } from 'xling'
import { adaptedModules, type LinearModule } from '#xling/adapter/adapted-modules'
import { completeConfig } from '#xling/adapter/adapter-config'
import { readAdapterFolder, writeAdapterFolder } from '#xling/adapter/adapter-folder'
import { checkBase, fingerprint, readXlingJson } from '#xling/adapter/xling-json'
import { throws } from '../boundary/throws.js'
import { emptyFolder } from './hub/fake-hub.js'

const modules: LinearModule[] = [
  { name: 'model.layers.0.self_attn.q_proj', slot: 'layers.0.query', outputs: 8, inputs: 6 },
  { name: 'model.layers.0.mlp.down_proj', slot: 'layers.0.down', outputs: 6, inputs: 12 },
]
const config = completeConfig('demo', { targets: ['q_proj'], rank: 2, alpha: 5, dropout: 0.5, rsLora: true })
const base = fingerprint({ layers: 1, hiddenSize: 3 }, Float32Array.of(0.1, -2, 1e-30))
const adapter = {
  ...{ config, adapted: adaptedModules('demo', config, modules), modules, baseModel: 'owner/name', base },
  taskType: 'CAUSAL_LM' as const,
}
const prompting = { template: 'plain', task: 'positive', closing: '</s>', hash: `sha256:${'0a'.repeat(32)}` } as const
const putWeights = async (path: string) => writeFileSync(path, 'weights')

const plain = JSON.stringify({ peft_type: 'LORA', target_modules: ['q_proj'] })
const whole = { 'adapter_config.json': plain, 'adapter_model.safetensors': '' }

const refused: [what: string, files: Record<string, string | undefined>, code: ErrorCode, ...message: string[]][] = [
  ['no config', { 'adapter_config.json': undefined }, 'ERR_FILE_NOT_FOUND', 'has no adapter_config.json'],
  ['broken config', { 'adapter_config.json': '{"r": ' }, 'ERR_MALFORMED_FILE', 'adapter_config.json is not JSON'],
  ['NaN', { 'adapter_config.json': '{"r": NaN}' }, 'ERR_MALFORMED_FILE', 'adapter_config.json is not JSON'],
  ['a list', { 'adapter_config.json': '[]' }, 'ERR_MALFORMED_FILE', 'adapter_config.json must be a JSON object'],
  ['empty config', { 'adapter_config.json': '{}' }, 'ERR_MALFORMED_FILE', 'adapter_config.json: peft_type is missing'],
  ['no weights', { 'adapter_model.safetensors': undefined }, 'ERR_FILE_NOT_FOUND', 'has no adapter_model.safetensors'],
  [
    'a pickle alone',
    { 'adapter_model.safetensors': undefined, 'adapter_model.bin': '' },
    'ERR_UNSUPPORTED_FILE',
    'adapter_model.bin is a pickle',
    'save it again',
  ],
  ['broken xling.json', { 'xling.json': '' }, 'ERR_MALFORMED_FILE', 'xling.json is not JSON'],
  ['a later xling.json', { 'xling.json': '{"version":2}' }, 'ERR_UNSUPPORTED_FILE', 'xling.json: version is 2'],
]

for (const [what, files, code, ...message] of refused)
  test(`refused: a folder with ${what}`, async t => {
    const folder = emptyFolder(t)
    for (const [name, text] of Object.entries({ ...whole, ...files }))
      if (text !== undefined) writeFileSync(join(folder, name), text)
    for (const part of [folder, ...message]) await throws(() => readAdapterFolder(folder), code, part)
  })

test('what is no folder is named', async t => {
  const folder = emptyFolder(t)
  const file = join(folder, 'file')
  writeFileSync(file, '')
  for (const path of [join(folder, 'none'), file, join(file, 'deeper')])
    await throws(() => readAdapterFolder(path), 'ERR_FILE_NOT_FOUND', `there is no folder ${path}`)
  mkdirSync(join(folder, 'adapter_config.json'))
  await throws(() => readAdapterFolder(folder), 'ERR_FILE_FAILED', join(folder, 'adapter_config.json'))
})

test("PEFT's folder has no base, and safetensors win over a pickle", async t => {
  const folder = emptyFolder(t)
  for (const [name, text] of Object.entries({ ...whole, 'adapter_model.bin': '' }))
    writeFileSync(join(folder, name), text)
  const read = await readAdapterFolder(folder)
  assert.equal(read.base, undefined)
  assert.equal(read.weightsFile, join(folder, 'adapter_model.safetensors'))
  assert.deepEqual(read.config, completeConfig('', { targets: ['q_proj'] }))
})

test('what is written reads back, into a new folder and over an old one', async t => {
  const folder = join(emptyFolder(t), 'deep', 'er')
  for (const _ of ['new', 'old']) {
    await writeAdapterFolder(folder, adapter, putWeights)
    const read = await readAdapterFolder(folder)
    assert.deepEqual([read.config, read.base], [{ ...config, seed: 0 }, base])
    assert.equal(readFileSync(read.weightsFile, 'utf8'), 'weights')
    assert.deepEqual(readdirSync(folder).sort(), ['adapter_config.json', 'adapter_model.safetensors', 'xling.json'])
  }
})

test('how it was asked is kept where it is known', async t => {
  const folder = emptyFolder(t)
  const { task: _, ...both } = prompting
  for (const asked of [prompting, { ...both, task: undefined }, undefined]) {
    await writeAdapterFolder(folder, { ...adapter, ...(asked && { prompting: asked }) }, putWeights)
    assert.deepEqual((await readAdapterFolder(folder)).prompting, asked)
    const own = JSON.parse(readFileSync(join(folder, 'xling.json'), 'utf8'))
    assert.deepEqual(own, { version: 1, base, ...(asked && { prompting: JSON.parse(JSON.stringify(asked)) }) })
  }
})

test('a save that breaks off leaves a folder that does not load, and can be repeated', async t => {
  const folder = emptyFolder(t)
  await writeAdapterFolder(folder, adapter, putWeights)
  const whole = readAdapterFolder(folder)
  await whole
  const seen: string[][] = []
  const broken = writeAdapterFolder(folder, adapter, async () => {
    seen.push(readdirSync(folder))
    throw new Error('no power')
  })
  await assert.rejects(broken, /no power/)
  assert.deepEqual(seen, [[]])
  await throws(() => readAdapterFolder(folder), 'ERR_FILE_NOT_FOUND', 'saving it did not end')
  // Broken off between the weights and the end, too.
  await writeAdapterFolder(folder, adapter, async path => {
    await putWeights(path)
    assert.ok(!existsSync(join(folder, 'adapter_config.json')) && !existsSync(join(folder, 'xling.json')))
  })
  assert.deepEqual((await readAdapterFolder(folder)).base, base)
})

test('the configuration is the last to be written', async t => {
  const folder = emptyFolder(t)
  // xling.json cannot take the place of a folder.
  const put = async (path: string) => {
    await putWeights(path)
    mkdirSync(join(folder, 'xling.json'))
  }
  await throws(() => writeAdapterFolder(folder, adapter, put), 'ERR_FILE_FAILED', join(folder, 'xling.json'))
  assert.ok(!existsSync(join(folder, 'adapter_config.json')))
  rmSync(join(folder, 'xling.json'), { recursive: true })
  const file = join(folder, 'file')
  writeFileSync(file, '')
  await throws(() => writeAdapterFolder(join(file, 'deeper'), adapter, putWeights), 'ERR_FILE_FAILED', file)
})

const good = { version: 1, base: { sizes: { layers: 2 }, finalNorm: [1, 2] } }
const malformed: [xling: object, at: string][] = [
  [{}, 'version is undefined'],
  [{ ...good, version: '1' }, "version is '1'"],
  [{ ...good, version: 0 }, 'version is 0'],
  [{ ...good, version: 1.5 }, 'version is 1.5'],
  [{ version: 1 }, 'base is undefined'],
  [{ ...good, base: [] }, 'base is []'],
  [{ ...good, base: { finalNorm: [1] } }, 'base.sizes is undefined'],
  [{ ...good, base: { ...good.base, sizes: { layers: 'two' } } }, 'base.sizes is {"layers":"two"}'],
  [{ ...good, base: { ...good.base, sizes: { layers: 0.5 } } }, 'base.sizes is {"layers":0.5}'],
  [{ ...good, base: { sizes: {} } }, 'base.finalNorm is undefined'],
  [{ ...good, base: { sizes: {}, finalNorm: [1, null] } }, 'base.finalNorm is [1,null]'],
  [{ ...good, base: { sizes: {}, finalNorm: Array(65).fill(0) } }, 'base.finalNorm is [0,0'],
  [{ ...good, prompting: 'plain' }, "prompting is 'plain'"],
  [{ ...good, prompting: null }, 'prompting is null'],
  [{ ...good, prompting: { ...prompting, template: undefined } }, 'prompting.template is undefined'],
  [{ ...good, prompting: { ...prompting, template: '' } }, "prompting.template is ''"],
  [{ ...good, prompting: { ...prompting, task: 'neutral' } }, "prompting.task is 'neutral'"],
  [{ ...good, prompting: { ...prompting, task: null } }, 'prompting.task is null'],
  [{ ...good, prompting: { ...prompting, closing: 1 } }, 'prompting.closing is 1'],
  [{ ...good, prompting: { ...prompting, hash: 'sha256:12' } }, "prompting.hash is 'sha256:12'"],
  [{ ...good, prompting: { ...prompting, hash: undefined } }, 'prompting.hash is undefined'],
]

for (const [xling, at] of malformed)
  test(`xling.json: ${at}`, () =>
    throws(() => readXlingJson('x.json', { ...xling }), 'ERR_MALFORMED_FILE', `x.json: ${at}`))

test('keys that xling.json may have one day are passed over', () =>
  assert.deepEqual(readXlingJson('x.json', { ...good, template: { id: 'plain' } }), good))

test('64 gains are kept', () => {
  const gains = Float32Array.from({ length: 70 }, (_, i) => i / 7)
  assert.deepEqual(fingerprint({}, gains).finalNorm, [...gains.subarray(0, 64)])
})

test('another base is refused with what differs', async () => {
  const own = { sizes: { layers: 2, hiddenSize: 4 }, finalNorm: [1, -8, 0.5, 0] }
  const others: [saved: typeof own, message: string][] = [
    [{ ...own, sizes: { layers: 3, hiddenSize: 4 } }, "its layers is 3, this model's 2"],
    [{ ...own, sizes: { layers: 2 } as typeof own.sizes }, "its hiddenSize is unknown, this model's 4"],
    [{ ...own, sizes: { ...own.sizes, heads: 1 } as typeof own.sizes }, "its heads is 1, this model's unknown"],
    [{ ...own, finalNorm: [1, -8, 0.5] }, 'it has 3 gains'],
    // 1 % of 8 and 1e-3.
    [{ ...own, finalNorm: [1, -8, 0.5, 0.0811] }, "gain 3 of its final norm is 0.0811, this model's 0, more than"],
    [{ ...own, finalNorm: [1, 8, 0.5, 0] }, 'gain 1 of its final norm is 8'],
    [{ ...own, finalNorm: [1.082, -8, 0.5, 0] }, 'gain 0 of its final norm is 1.082'],
  ]
  for (const [saved, message] of others)
    for (const part of ['x.json: ', message, 'load the base that it was trained on'])
      await throws(() => checkBase('x.json', saved, own), 'ERR_WEIGHTS_MISMATCH', part)
  await throws(
    () => checkBase('x', own, { ...own, finalNorm: [1, Number.NaN, 0.5, 0] }),
    'ERR_WEIGHTS_MISMATCH',
    'gain 1',
  )
})

test('the same base is accepted, rounded to bf16 too, or of no gain at all', () => {
  const own = { sizes: { layers: 2 }, finalNorm: [1, -8, 0.5, 0, Math.PI] }
  checkBase('x', own, own)
  checkBase('x', { ...own, finalNorm: [1, -8, 0.5, 0.0009, 3.140625] }, own)
  checkBase('x', { ...own, finalNorm: [1.08, -7.92, 0.42, 0.08, 3.08] }, own)
  checkBase('x', { ...own, finalNorm: [] }, { ...own, finalNorm: [] })
})
