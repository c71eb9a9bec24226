// What folders of sentence-transformers, and those of models alone, say of sentences.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openEncoder } from '#xling/model/opened-encoder'
import {
  denseFile,
  type Files,
  folderOf,
  labse,
  modulesOf,
  namesOf,
  plain,
  poolerTensors,
  poolingFile,
  sentences,
  tensors,
  weighted,
} from './encoder/sentence-folder.js'

const opened = (t: TestContext, files: Files) => openEncoder(folderOf(t, files))
const setupOf = async (t: TestContext, files: Files) => (await opened(t, files)).sentences
const poolingOf = async (t: TestContext, files: Files) => (await setupOf(t, files)).pooling

const nothing = { pooling: 'mean', normalize: false, maxTokens: 32, prompts: {}, defaultPrompt: undefined }
const newPooling = (mode: unknown) => ({ embedding_dimension: 16, pooling_mode: mode, include_prompt: true })
// As version 6 names them, and lays them out.
const newTypes = {
  Transformer: 'sentence_transformers.base.modules.transformer.Transformer',
  Pooling: 'sentence_transformers.sentence_transformer.modules.pooling.Pooling',
  Dense: 'sentence_transformers.base.modules.dense.Dense',
  Normalize: 'sentence_transformers.base.modules.normalize.Normalize',
}
const renamed = (files: Files) => ({
  ...files,
  'modules.json': (files['modules.json'] as { type: string }[]).map(entry => ({
    ...entry,
    type: newTypes[entry.type.split('.').at(-1) as keyof typeof newTypes],
  })),
})

test('a model alone is pooled by the mean, up to the length that its tokenizer says', async t => {
  assert.deepEqual(await setupOf(t, plain), nothing)
  for (const [model_max_length, maxTokens] of [
    [20, 20],
    [1e30, 32],
    [512, 32],
    [null, 32],
  ])
    assert.deepEqual(await setupOf(t, { ...plain, 'tokenizer_config.json': { model_max_length } }), {
      ...nothing,
      maxTokens,
    })
  assert.deepEqual(await setupOf(t, { ...plain, 'sentence_bert_config.json': { max_seq_length: 9 } }), nothing)
})

test('both layouts of Pooling are read, under both paths of its type', async t => {
  const modes = { cls: 'cls_before_pooler', mean: 'mean', max: 'max' }
  for (const [mode, pooling] of Object.entries(modes))
    for (const config of [poolingFile(mode), newPooling(mode), newPooling([mode])]) {
      const files = { ...sentences, '1_Pooling/config.json': config }
      assert.deepEqual(await setupOf(t, files), { ...nothing, pooling })
      assert.deepEqual(await setupOf(t, renamed(files)), { ...nothing, pooling })
    }
  const cls = { ...newPooling('cls'), pooling_mode_mean_tokens: true }
  assert.equal(await poolingOf(t, { ...sentences, '1_Pooling/config.json': cls }), 'cls_before_pooler')
  assert.equal(await poolingOf(t, { ...sentences, '1_Pooling/config.json': { word_embedding_dimension: 16 } }), 'mean')
})

test('Normalize scales to length 1, with and without a config.json', async t => {
  const files = { ...sentences, 'modules.json': modulesOf('Transformer', 'Pooling', 'Normalize') }
  const ends = { module_input_name: 'sentence_embedding', module_output_name: 'sentence_embedding' }
  for (const config of [undefined, {}, ends])
    assert.deepEqual(await setupOf(t, { ...files, '2_Normalize/config.json': config }), { ...nothing, normalize: true })
})

test('the folder of the Transformer may be another than the root', async t => {
  const { 'config.json': config, 'model.safetensors': weights, ...rest } = sentences
  const [, pooling] = modulesOf('Transformer', 'Pooling')
  const transformer = { idx: 0, name: '0', path: '0_Transformer', type: 'sentence_transformers.models.Transformer' }
  const folder = folderOf(t, {
    ...rest,
    'modules.json': [transformer, pooling],
    '0_Transformer/config.json': config,
    '0_Transformer/model.safetensors': weights,
    '0_Transformer/sentence_bert_config.json': { max_seq_length: 7 },
    '0_Transformer/tokenizer.json': '{}',
    'sentence_bert_config.json': { max_seq_length: 9 },
  })
  const { from, sentences: setup, tokenizer, fillings } = await openEncoder(folder)
  assert.equal(from, folder)
  assert.deepEqual(setup, { ...nothing, maxTokens: 7 })
  assert.ok(tokenizer)
  assert.equal(fillings.length, namesOf(...poolerTensors).length)
})

test('how many tokens are read is what the Transformer says, and never more than there are positions', async t => {
  const maxTokens = async (file: string, settings: object) =>
    (await setupOf(t, { ...sentences, 'tokenizer_config.json': { model_max_length: 20 }, [file]: settings })).maxTokens
  const bert = 'sentence_bert_config.json'
  assert.equal(await maxTokens(bert, { max_seq_length: 9, do_lower_case: false }), 9)
  assert.equal(await maxTokens('sentence_xlm-roberta_config.json', { max_seq_length: 9 }), 9)
  assert.equal(await maxTokens(bert, { max_seq_length: 30 }), 30)
  assert.equal(await maxTokens(bert, { max_seq_length: 512 }), 32)
  assert.equal(await maxTokens(bert, { max_seq_length: null }), 20)
  assert.equal(await maxTokens(bert, { max_seq_length: 9, tokenizer_args: { model_max_length: 8 } }), 8)
  assert.equal(await maxTokens(bert, { processor_kwargs: { model_max_length: 6 } }), 6)
  const recent = {
    transformer_task: 'feature-extraction',
    modality_config: { text: { method: 'forward', method_output_name: 'last_hidden_state' } },
    module_output_name: 'token_embeddings',
  }
  assert.equal(await maxTokens(bert, recent), 20)
})

test('lower case is what the tokenizer makes already', async t => {
  for (const normalizer of [
    { type: 'BertNormalizer', lowercase: true },
    { type: 'Sequence', normalizers: [{ type: 'NFD' }, { type: 'Lowercase' }] },
  ])
    assert.deepEqual(
      await setupOf(t, {
        ...sentences,
        'sentence_bert_config.json': { do_lower_case: true },
        'tokenizer.json': { normalizer },
      }),
      nothing,
    )
})

test('prompts are read, and which is used if nobody names one', async t => {
  const prompts = { query: 'query: ', document: '' }
  const setup = (config: object) => setupOf(t, { ...sentences, 'config_sentence_transformers.json': config })
  assert.deepEqual(await setup({ prompts, default_prompt_name: null, model_type: 'SentenceTransformer' }), {
    ...nothing,
    prompts,
  })
  assert.deepEqual(await setup({ prompts, default_prompt_name: 'query' }), {
    ...nothing,
    prompts,
    defaultPrompt: 'query',
  })
  assert.deepEqual(await setup({ __version__: { sentence_transformers: '2.0.0' } }), nothing)
})

test("a Dense after the first token is the pooler, and the model's own is left out", async t => {
  const { sentences: setup, spec, fillings } = await opened(t, labse)
  assert.deepEqual(setup, { ...nothing, pooling: 'cls', normalize: true })
  assert.deepEqual(spec.pooler, { outputs: 5, bias: true, activation: 'tanh' })
  const names = namesOf(...poolerTensors).filter(name => !name.startsWith('pooler.'))
  assert.deepEqual(
    fillings.map(({ tensor }) => tensor),
    [...names, 'linear.weight', 'linear.bias'],
  )
  assert.deepEqual(fillings.slice(-2), [
    { slot: 'pooler', tensor: 'linear.weight' },
    { slot: 'pooler.bias', tensor: 'linear.bias' },
  ])
  const identity = { ...denseFile, bias: false, activation_function: 'torch.nn.modules.linear.Identity' }
  const without = await opened(t, {
    ...renamed(labse),
    'model.safetensors': tensors(...namesOf()),
    '2_Dense/config.json': identity,
    '2_Dense/model.safetensors': tensors('linear.weight'),
  })
  assert.deepEqual(without.spec.pooler, { outputs: 5, bias: false, activation: 'identity' })
  assert.deepEqual(without.fillings.at(-1), { slot: 'pooler', tensor: 'linear.weight' })
})

test('a weighted mean over layers is one of ours if its weights are', async t => {
  for (const [pooling, start, ...weights] of [
    ['avg_first_last', 1, 1, 0, 1],
    ['avg_first_last', 0, 0, 0.5, 0, 0.5],
    ['avg_top2', 2, 1, 1],
    ['avg_top2', 0, 0, 0, 3, 3],
    ['mean', 3, 1],
    ['mean', 1, 0, 0, 2],
  ] as [string, number, ...number[]][])
    assert.equal(await poolingOf(t, weighted(start, ...weights)), pooling, `${weights} from ${start}`)
  const first = { ...weighted(3, 1), '2_Pooling/config.json': poolingFile('cls') }
  assert.equal(await poolingOf(t, first), 'cls_before_pooler')
})
