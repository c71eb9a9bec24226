// Folders of sentence-transformers that are broken, or say what the engine has no pooling for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { XlingError } from '#xling/binding/errors'
import { openEncoder } from '#xling/model/opened-encoder'
import {
  bertConfig,
  denseFile,
  type Files,
  folderOf,
  labse,
  modulesOf,
  plain,
  poolingFile,
  sentences,
  tensors,
  type,
  weighted,
} from './encoder/sentence-folder.js'

type Case = [base: Files, over: Files, code: string, said: string]

const kinds = 'Transformer, WeightedLayerPooling, Pooling, Dense, Normalize'
const modes = "xling pools by one of 'cls', 'mean', 'max'"

/** Each case: a folder that opens, what is put over it, and what is said, `/` before it being the folder. */
function refuses(name: string, cases: Case[]): void {
  test(name, async t => {
    for (const [base, over, code, said] of cases) {
      await openEncoder(folderOf(t, base))
      const folder = folderOf(t, { ...base, ...over })
      await assert.rejects(openEncoder(folder), (error: unknown) => {
        assert.ok(error instanceof XlingError, `${said}: ${error}`)
        assert.equal(error.code, code, error.message)
        assert.ok(error.message.includes(said.replaceAll('~', folder)), `${error.message}\nlacks\n${said}`)
        return true
      })
    }
  })
}

const withModules = (...list: unknown[]) => ({ 'modules.json': list })
const [transformer, pooling] = modulesOf('Transformer', 'Pooling')

refuses('a modules.json that is none', [
  [sentences, { 'modules.json': 'x' }, 'ERR_MALFORMED_FILE', '~/modules.json is not JSON'],
  [sentences, { 'modules.json': {} }, 'ERR_MALFORMED_FILE', '~/modules.json must be a list of modules'],
  [sentences, withModules(null), 'ERR_MALFORMED_FILE', '~/modules.json: [0] must be an object with a type and a path'],
  [sentences, withModules(transformer, { type: type('Pooling') }), 'ERR_MALFORMED_FILE', '~/modules.json: [1] must be'],
])

refuses('modules that xling does not have, and another order', [
  ...['Asym', 'LSTM', 'pooling', 'toString'].map(
    (kind): Case => [
      sentences,
      withModules(transformer, pooling, { path: 'x', type: type(kind) }),
      'ERR_UNSUPPORTED_FILE',
      `~/modules.json: [2].type is '${type(kind)}', a module that xling does not have; it has sentence_transformers' ${kinds}`,
    ],
  ),
  [
    sentences,
    withModules({ ...transformer, type: 'custom_code.Transformer' }, pooling),
    'ERR_UNSUPPORTED_FILE',
    "~/modules.json: [0].type is 'custom_code.Transformer', a module that xling does not have",
  ],
  ...(
    [
      [[], 'no module'],
      [['Transformer'], 'Transformer'],
      [['Pooling', 'Transformer'], 'Pooling, Transformer'],
      [['Transformer', 'Pooling', 'Pooling'], 'Transformer, Pooling, Pooling'],
      [['Transformer', 'Pooling', 'Normalize', 'Dense'], 'Transformer, Pooling, Normalize, Dense'],
      [['Transformer', 'Pooling', 'WeightedLayerPooling'], 'Transformer, Pooling, WeightedLayerPooling'],
    ] as const
  ).map(
    ([list, has]): Case => [
      sentences,
      { 'modules.json': modulesOf(...list) },
      'ERR_UNSUPPORTED_FILE',
      `~/modules.json has ${has}, but xling reads ${kinds}, in this order and each once, of which Transformer and Pooling`,
    ],
  ),
])

refuses(
  "a path that leaves the model's folder",
  ['../1_Pooling', '/etc', 'a/../../b', '.', '..\\x', 'C:/x', 'a//b'].map(
    (path): Case => [
      sentences,
      withModules(transformer, { ...pooling, path }),
      'ERR_MALFORMED_FILE',
      `~/modules.json: [1].path is '${path}', which leaves the model's folder`,
    ],
  ),
)

refuses('a Pooling that is not ours', [
  [sentences, { '1_Pooling/config.json': undefined }, 'ERR_FILE_NOT_FOUND', 'there is no ~/1_Pooling/config.json'],
  [sentences, { '1_Pooling/config.json': '[]' }, 'ERR_MALFORMED_FILE', '~/1_Pooling/config.json must be a JSON object'],
  [
    sentences,
    { '1_Pooling/config.json': { ...poolingFile('mean'), word_embedding_dimension: 8 } },
    'ERR_INVALID_CONFIG',
    '~/1_Pooling/config.json: word_embedding_dimension is 8 but must be 16, the width of the model',
  ],
  [
    sentences,
    { '1_Pooling/config.json': { embedding_dimension: 8, pooling_mode: 'mean' } },
    'ERR_INVALID_CONFIG',
    'embedding_dimension is 8',
  ],
  [sentences, { '1_Pooling/config.json': {} }, 'ERR_INVALID_CONFIG', 'word_embedding_dimension is missing'],
  [
    sentences,
    { '1_Pooling/config.json': { ...poolingFile('mean'), pooling_mode_cls_token: 1 } },
    'ERR_INVALID_CONFIG',
    'pooling_mode_cls_token is 1 but must be true or false',
  ],
  [
    sentences,
    { '1_Pooling/config.json': { ...poolingFile('mean'), include_prompt: false } },
    'ERR_UNSUPPORTED_FILE',
    '~/1_Pooling/config.json: include_prompt is false, but xling pools all tokens',
  ],
  [
    sentences,
    { '1_Pooling/config.json': { ...poolingFile('mean'), pooling_mode_max_tokens: true } },
    'ERR_UNSUPPORTED_FILE',
    `~/1_Pooling/config.json: it pools by several modes at once, 'max', 'mean'; ${modes}`,
  ],
  [
    sentences,
    { '1_Pooling/config.json': { embedding_dimension: 16, pooling_mode: ['mean', 'cls'] } },
    'ERR_UNSUPPORTED_FILE',
    `it pools by several modes at once, 'mean', 'cls'; ${modes}`,
  ],
  ...['mean_sqrt_len_tokens', 'weightedmean', 'lasttoken', 'toString', 7].map(
    (mode): Case => [
      sentences,
      { '1_Pooling/config.json': { embedding_dimension: 16, pooling_mode: mode } },
      'ERR_UNSUPPORTED_FILE',
      `~/1_Pooling/config.json: its mode is ${typeof mode === 'string' ? `'${mode}'` : mode}; ${modes}`,
    ],
  ),
  ...['mean_sqrt_len_tokens', 'weightedmean_tokens', 'lasttoken'].map(
    (key): Case => [
      sentences,
      { '1_Pooling/config.json': { word_embedding_dimension: 16, [`pooling_mode_${key}`]: true } },
      'ERR_UNSUPPORTED_FILE',
      `its mode is '${key === 'weightedmean_tokens' ? 'weightedmean' : key}'; ${modes}`,
    ],
  ),
])

const withDense = (over: object) => ({ '2_Dense/config.json': { ...denseFile, ...over } })

refuses('a Dense that is not ours', [
  ...['mean', 'max'].map(
    (mode): Case => [
      labse,
      { '1_Pooling/config.json': poolingFile(mode) },
      'ERR_UNSUPPORTED_FILE',
      `~/modules.json: there is a Dense after a Pooling by '${mode}', but xling has one after 'cls' alone`,
    ],
  ),
  [
    labse,
    withDense({ in_features: 8 }),
    'ERR_INVALID_CONFIG',
    '~/2_Dense/config.json: in_features is 8 but must be 16',
  ],
  [labse, withDense({ out_features: 0 }), 'ERR_INVALID_CONFIG', 'out_features is 0 but must be an integer from 1'],
  [labse, withDense({ bias: 'no' }), 'ERR_INVALID_CONFIG', "bias is 'no' but must be true or false"],
  [labse, withDense({ use_residual: true }), 'ERR_UNSUPPORTED_FILE', '~/2_Dense/config.json: use_residual is true'],
  ...['torch.nn.modules.activation.ReLU', 'custom.Tanh', 'Identity'].map(
    (name): Case => [
      labse,
      withDense({ activation_function: name }),
      'ERR_INVALID_CONFIG',
      `activation_function is '${name}' but must be 'torch.nn.modules.activation.Tanh' or`,
    ],
  ),
  [
    labse,
    withDense({ module_input_name: 'token_embeddings' }),
    'ERR_INVALID_CONFIG',
    "module_input_name is 'token_embeddings' but must be 'sentence_embedding'",
  ],
  [
    labse,
    { '2_Dense/model.safetensors': undefined },
    'ERR_FILE_NOT_FOUND',
    'there is no ~/2_Dense/model.safetensors, and xling reads safetensors alone',
  ],
  [
    labse,
    { '2_Dense/model.safetensors': tensors('linear.weight') },
    'ERR_WEIGHTS_MISMATCH',
    '~/2_Dense/model.safetensors has no linear.bias',
  ],
  [
    labse,
    withDense({ bias: false }),
    'ERR_WEIGHTS_MISMATCH',
    'the weights do not fit config.json: the files hold 1 that it knows nothing of (linear.bias)',
  ],
  [
    { ...labse, '3_Normalize/config.json': {} },
    { '3_Normalize/config.json': { module_input_name: 'token_embeddings' } },
    'ERR_INVALID_CONFIG',
    "~/3_Normalize/config.json: module_input_name is 'token_embeddings' but must be 'sentence_embedding'",
  ],
])

const base = weighted(1, 1, 0, 1)
const layersFile = '1_WeightedLayerPooling/model.safetensors'

refuses('a weighted mean over layers that is not ours', [
  ...[
    [1, 1, 1],
    [1, 0, 0],
    [1, 0, 2],
    [-1, 0, -1],
    [0, 0, 0],
    [Number.NaN, 0, Number.NaN],
    [0, 1, 0],
  ].map(
    (weights): Case => [
      base,
      { [layersFile]: weighted(1, ...weights)[layersFile] },
      'ERR_UNSUPPORTED_FILE',
      `~/${layersFile}: layer_weights has ${weights.join(', ')}, from layer 1; xling takes the mean of the last two layers, or`,
    ],
  ),
  [
    base,
    { [layersFile]: weighted(1, 1, 1)[layersFile] },
    'ERR_WEIGHTS_MISMATCH',
    `~/${layersFile}: layer_weights has 2 numbers, but from layer_start 1 to 3 there are 3`,
  ],
  [base, { [layersFile]: tensors('weights') }, 'ERR_WEIGHTS_MISMATCH', 'no file has a tensor layer_weights'],
  [base, { [layersFile]: undefined }, 'ERR_FILE_NOT_FOUND', `there is no ~/${layersFile}, and`],
  ...(
    [
      [{ num_hidden_layers: 12 }, 'num_hidden_layers is 12 but must be 3, as the model has'],
      [{ num_hidden_layers: 3, layer_start: 4 }, 'layer_start is 4 but must be an integer from 0 to 3'],
    ] as const
  ).map(([config, said]): Case => [base, { '1_WeightedLayerPooling/config.json': config }, 'ERR_INVALID_CONFIG', said]),
  ...['cls', 'max'].map(
    (mode): Case => [
      base,
      { '2_Pooling/config.json': poolingFile(mode) },
      'ERR_UNSUPPORTED_FILE',
      `~/modules.json: there is a WeightedLayerPooling before a Pooling by '${mode}', but xling has one before 'mean' alone`,
    ],
  ),
])

const settings = 'sentence_bert_config.json'
const prompts = 'config_sentence_transformers.json'

refuses('settings of the Transformer and of the whole that xling does not follow', [
  [
    sentences,
    { [settings]: { max_seq_length: 0 } },
    'ERR_INVALID_CONFIG',
    `~/${settings}: max_seq_length is 0 but must be`,
  ],
  [
    sentences,
    { [settings]: { max_seq_length: '9' } },
    'ERR_INVALID_CONFIG',
    "max_seq_length is '9' but must be a number",
  ],
  [
    sentences,
    { [settings]: { transformer_task: 'fill-mask' } },
    'ERR_INVALID_CONFIG',
    "transformer_task is 'fill-mask' but must be 'feature-extraction'",
  ],
  [
    sentences,
    { [settings]: { module_output_name: 'sentence_embedding' } },
    'ERR_INVALID_CONFIG',
    "module_output_name is 'sentence_embedding' but must be 'token_embeddings'",
  ],
  [
    sentences,
    { [settings]: { modality_config: { text: { method: 'forward', method_output_name: 'pooler_output' } } } },
    'ERR_INVALID_CONFIG',
    "modality_config.text.method_output_name is 'pooler_output' but must be 'last_hidden_state'",
  ],
  [
    sentences,
    { [settings]: { processing_kwargs: { text: { max_length: 4 } } } },
    'ERR_INVALID_CONFIG',
    'processing_kwargs is {"text":{"max_length":4}} but must be empty',
  ],
  [
    sentences,
    {
      [settings]: { do_lower_case: true },
      'tokenizer.json': { normalizer: { type: 'BertNormalizer', lowercase: false } },
    },
    'ERR_UNSUPPORTED_FILE',
    `~/${settings}: do_lower_case is true, but the tokenizer keeps case`,
  ],
  [
    sentences,
    { [prompts]: { prompts: { a: 1 } } },
    'ERR_INVALID_CONFIG',
    `~/${prompts}: prompts.a is 1 but must be a string`,
  ],
  [
    sentences,
    { [prompts]: { prompts: { a: '' }, default_prompt_name: 'b' } },
    'ERR_INVALID_CONFIG',
    "default_prompt_name is 'b' but must be one of prompts",
  ],
  [
    sentences,
    { [prompts]: { model_type: 'SparseEncoder' } },
    'ERR_INVALID_CONFIG',
    "model_type is 'SparseEncoder' but must be 'SentenceTransformer'",
  ],
])

refuses('a folder that is no encoder', [
  [plain, { 'config.json': undefined }, 'ERR_FILE_NOT_FOUND', 'the folder ~ has no config.json'],
  [sentences, { 'config.json': undefined }, 'ERR_FILE_NOT_FOUND', 'there is no ~/config.json'],
  [plain, { 'config.json': { ...bertConfig, model_type: 'llama' } }, 'ERR_UNKNOWN_ARCHITECTURE', "'llama'"],
  [plain, { 'model.safetensors': tensors('x') }, 'ERR_WEIGHTS_MISMATCH', 'that it knows nothing of (x)'],
])

test('a GGUF file is no folder of an encoder', async t => {
  const folder = folderOf(t, { 'bert.gguf': 'GGUF' })
  await assert.rejects(openEncoder(`${folder}/bert.gguf`), {
    code: 'ERR_UNSUPPORTED_FILE',
    message: /is a GGUF file, and xling reads encoders from folders/,
  })
})
