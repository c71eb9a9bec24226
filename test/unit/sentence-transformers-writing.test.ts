// What is written for sentence-transformers, and that it means the same when it is read.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { safetensorsBytes } from '#xling/files/safetensors-bytes'
import { encoderArchitectureOf } from '#xling/model/architectures/index'
import type { EncoderSpec } from '#xling/model/encoder-spec'
import { openEncoder } from '#xling/model/opened-encoder'
import { saveSentences } from '#xling/model/sentence-transformers/save-sentences'
import type { SentencePooling, SentenceSetup } from '#xling/model/sentence-transformers/setup'
import { sentencePoolings } from '#xling/model/sentence-transformers/setup'
import { denseWeights, withLayerOutputs, writeSentenceSetup } from '#xling/model/sentence-transformers/write'
import { Golden } from '../golden/safetensors.js'
import { bertConfig, folderOf, plain, poolerTensors, tensors } from './encoder/sentence-folder.js'

const bert = encoderArchitectureOf(bertConfig)
const spec = bert.spec(bertConfig, poolerTensors)
const poolers: NonNullable<EncoderSpec['pooler']>[] = [
  { outputs: 16, bias: true, activation: 'tanh' },
  { outputs: 5, bias: false, activation: 'identity' },
]
const setups = (pooling: SentencePooling): SentenceSetup[] => [
  { pooling, normalize: false, maxTokens: 32, prompts: {}, defaultPrompt: undefined },
  { pooling, normalize: true, maxTokens: 7, prompts: { query: 'query: ', none: '' }, defaultPrompt: 'query' },
]

const json = (folder: string, path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'))

/** As an encoder is saved, but for what its weights are. */
async function written(t: TestContext, model: { setup: SentenceSetup; spec: EncoderSpec }): Promise<string> {
  const folder = folderOf(t, plain)
  await saveSentences(folder, model, async (path, names) => {
    assert.ok(!existsSync(join(folder, 'modules.json')))
    writeFileSync(path, tensors(...names.map(([, name]) => name)))
  })
  const weights = bert.savedWeights(model.spec).map(({ name }) => name)
  writeFileSync(join(folder, 'model.safetensors'), tensors(...weights))
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify(withLayerOutputs(bert.ownConfig(bertConfig, model.spec), model)),
  )
  return folder
}

for (const pooling of sentencePoolings)
  test(`'${pooling}' is read as it was written`, async t => {
    for (const setup of setups(pooling))
      for (const pooler of poolers) {
        const opened = await openEncoder(await written(t, { setup, spec: { ...spec, pooler } }))
        assert.deepEqual(opened.sentences, setup)
        // Of another than BERT's own, nothing is left where sentences do not need it.
        const kept = pooling === 'cls' || pooler === poolers[0]
        assert.deepEqual(opened.spec, { ...spec, pooler: kept ? pooler : undefined })
        assert.equal((opened.config as Record<string, unknown>).output_hidden_states, /^avg/.test(pooling) || undefined)
      }
  })

test('the files are those that all versions of sentence-transformers read', async t => {
  const [, setup] = setups('cls') as [SentenceSetup, SentenceSetup]
  const folder = await written(t, { setup, spec })
  const entry = (idx: number, path: string, kind: string) => ({
    idx,
    name: `${idx}`,
    path,
    type: `sentence_transformers.models.${kind}`,
  })
  assert.deepEqual(json(folder, 'modules.json'), [
    entry(0, '', 'Transformer'),
    entry(1, '1_Pooling', 'Pooling'),
    entry(2, '2_Dense', 'Dense'),
    entry(3, '3_Normalize', 'Normalize'),
  ])
  assert.deepEqual(json(folder, 'sentence_bert_config.json'), { max_seq_length: 7, do_lower_case: false })
  assert.deepEqual(json(folder, 'config_sentence_transformers.json'), {
    prompts: setup.prompts,
    default_prompt_name: 'query',
    similarity_fn_name: 'cosine',
  })
  assert.deepEqual(json(folder, '1_Pooling/config.json'), {
    word_embedding_dimension: 16,
    pooling_mode_cls_token: true,
    pooling_mode_max_tokens: false,
    pooling_mode_mean_tokens: false,
    pooling_mode_mean_sqrt_len_tokens: false,
  })
  assert.deepEqual(json(folder, '2_Dense/config.json'), {
    in_features: 16,
    out_features: 16,
    bias: true,
    activation_function: 'torch.nn.modules.activation.Tanh',
  })
  assert.deepEqual(json(folder, '3_Normalize/config.json'), {})
  assert.deepEqual(denseWeights({ setup, spec }), {
    path: join('2_Dense', 'model.safetensors'),
    slots: [
      ['pooler', 'linear.weight'],
      ['pooler.bias', 'linear.bias'],
    ],
  })
})

test('weights of layers are written from the first that counts', async t => {
  const layerWeights = async (pooling: SentencePooling, layers: number) => {
    const [setup] = setups(pooling) as [SentenceSetup]
    const folder = await written(t, { setup, spec: { ...spec, layers } })
    assert.deepEqual(
      json(folder, 'modules.json').map(({ path }: { path: string }) => path),
      ['', '1_WeightedLayerPooling', '2_Pooling'],
    )
    const golden = await Golden.openFile(join(folder, '1_WeightedLayerPooling/model.safetensors'))
    const { layer_start, ...rest } = json(folder, '1_WeightedLayerPooling/config.json')
    assert.deepEqual(rest, { word_embedding_dimension: 16, num_hidden_layers: layers })
    const weights = golden.read('layer_weights', 'F32')
    assert.deepEqual(golden.shape('layer_weights'), [weights.length])
    return [layer_start, ...weights]
  }
  assert.deepEqual(await layerWeights('avg_first_last', 5), [1, 1, 0, 0, 0, 1])
  assert.deepEqual(await layerWeights('avg_first_last', 2), [1, 1, 1])
  assert.deepEqual(await layerWeights('avg_first_last', 1), [1, 1])
  assert.deepEqual(await layerWeights('avg_top2', 5), [4, 1, 1])
  assert.deepEqual(await layerWeights('avg_top2', 1), [0, 1, 1])
})

test('pooling through a pooler that is not there is refused before anything is written', async t => {
  const folder = folderOf(t, { 'modules.json': '[]' })
  const [setup] = setups('cls') as [SentenceSetup]
  const model = { setup, spec: { ...spec, pooler: undefined } }
  await assert.rejects(writeSentenceSetup(folder, model), {
    code: 'ERR_INVALID_ARGUMENT',
    message: /cls_before_pooler/,
  })
  assert.deepEqual(readdirSync(folder), ['modules.json'])
  assert.equal(denseWeights(model), undefined)
})

test('a folder that was left in the middle has no modules.json, an older one neither', async t => {
  const [setup] = setups('mean') as [SentenceSetup]
  // A file where a folder must be stops it.
  const folder = folderOf(t, { 'modules.json': '[]', '1_Pooling': 'no folder' })
  await assert.rejects(writeSentenceSetup(folder, { setup, spec }), { code: 'ERR_FILE_FAILED' })
  assert.ok(!existsSync(join(folder, 'modules.json')))
})

test('config.json says that all layers are put out only where they are pooled', () => {
  const [mean, top] = [setups('mean')[0], setups('avg_top2')[0]] as [SentenceSetup, SentenceSetup]
  const config = { a: 1, output_hidden_states: true }
  assert.deepEqual(withLayerOutputs(config, { setup: mean, spec }), { a: 1 })
  assert.deepEqual(withLayerOutputs({ a: 1 }, { setup: top, spec }), config)
})

test('a small safetensors file has its tensors at a multiple of eight bytes', () => {
  for (const name of ['a', 'ab', 'abc', 'abcdefgh', 'ä']) {
    const bytes = Buffer.from(safetensorsBytes({ [name]: Float32Array.of(1, -2), empty: new Float32Array(0) }))
    const header = Number(bytes.readBigUInt64LE(0))
    assert.equal(header % 8, 0)
    assert.deepEqual(JSON.parse(bytes.toString('utf8', 8, 8 + header)), {
      __metadata__: { format: 'pt' },
      [name]: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      empty: { dtype: 'F32', shape: [0], data_offsets: [8, 8] },
    })
    assert.deepEqual([bytes.readFloatLE(8 + header), bytes.readFloatLE(12 + header)], [1, -2])
    assert.equal(bytes.length, 16 + header)
  }
})
