// GGUF files that keep the format's rules and are no model that can be had: what is said of each.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Decoder, type ErrorCode } from 'xling'
import { openModel } from '#xling/model/opened-model'
import { ggufBytes } from './gguf-writer.js'
import { throws } from './throws.js'

type Values = Parameters<typeof ggufBytes>[0]
type Tensors = Parameters<typeof ggufBytes>[1]

const hidden = 16
const llama: Values = {
  'general.architecture': 'llama',
  'llama.block_count': 1,
  'llama.context_length': 64,
  'llama.embedding_length': hidden,
  'llama.feed_forward_length': 24,
  'llama.attention.head_count': 2,
  'llama.attention.layer_norm_rms_epsilon': 1e-5,
}
const tensors: Tensors = {
  'token_embd.weight': [10, hidden],
  'blk.0.attn_norm.weight': [hidden],
  'blk.0.attn_q.weight': [16, hidden],
  'blk.0.attn_k.weight': [16, hidden],
  'blk.0.attn_v.weight': [16, hidden],
  'blk.0.attn_output.weight': [hidden, 16],
  'blk.0.ffn_norm.weight': [hidden],
  'blk.0.ffn_gate.weight': [24, hidden],
  'blk.0.ffn_up.weight': [24, hidden],
  'blk.0.ffn_down.weight': [hidden, 24],
  'output_norm.weight': [hidden],
}
const gemma: Values = {
  ...Object.fromEntries(Object.entries(llama).map(([key, value]) => [key.replace('llama', 'gemma3'), value])),
  'general.architecture': 'gemma3',
  'gemma3.attention.key_length': 8,
  'gemma3.attention.sliding_window': 4,
}
const gemmaTensors: Tensors = {
  ...tensors,
  'blk.0.attn_q_norm.weight': [8],
  'blk.0.attn_k_norm.weight': [8],
  'blk.0.post_attention_norm.weight': [hidden],
  'blk.0.post_ffw_norm.weight': [hidden],
}

const without = <T>(from: Readonly<Record<string, T>>, key: string) =>
  Object.fromEntries(Object.entries(from).filter(([name]) => name !== key))

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xling-gguf-'))
})
after(() => rm(folder, { recursive: true }))

async function put(values: Values, shapes: Tensors): Promise<string> {
  const file = join(folder, 'm.gguf')
  await writeFile(file, ggufBytes(values, shapes))
  return file
}

const load = async (values: Values, shapes: Tensors) => Decoder.load(await put(values, shapes), { device: 'cpu' })

for (const [family, values, shapes] of [
  ['llama', llama, tensors],
  ['gemma3', gemma, gemmaTensors],
] as const)
  test(`the ${family} that the others are spoiled from loads, without a tokenizer`, async () => {
    await using decoder = await load(values, shapes)
    assert.equal((await decoder.logits(Int32Array.of(1, 2, 3))).length, 10)
    assert.throws(() => decoder.tokenizer, 'm.gguf: .*tokenizer.ggml.model')
    await throws(() => decoder.save(join(folder, 'saved')), 'ERR_INVALID_TOKENIZER', 'tokenizer.ggml.model')
  })

const cases: [string, ErrorCode, string, Values, Tensors?][] = [
  [
    'no architecture',
    'ERR_MALFORMED_FILE',
    'm.gguf: the key general.architecture is missing',
    without(llama, 'general.architecture'),
  ],
  [
    'an architecture that is a number',
    'ERR_MALFORMED_FILE',
    'general.architecture is of type u32 but must be a string',
    { ...llama, 'general.architecture': 7 },
  ],
  [
    'an unknown architecture',
    'ERR_UNKNOWN_ARCHITECTURE',
    "general.architecture is 'mamba', which xling does not have as a decoder; it has 'llama', 'gemma3'",
    { ...llama, 'general.architecture': 'mamba' },
  ],
  [
    'a missing size',
    'ERR_MALFORMED_FILE',
    'm.gguf: the key llama.block_count is missing',
    without(llama, 'llama.block_count'),
  ],
  [
    'a size that is a string',
    'ERR_MALFORMED_FILE',
    'llama.context_length is of type string but must be a number',
    { ...llama, 'llama.context_length': '64' },
  ],
  [
    'heads per layer',
    'ERR_MALFORMED_FILE',
    'llama.attention.head_count is of type array of u32 but must be a number',
    { ...llama, 'llama.attention.head_count': [2] },
  ],
  [
    'a size out of range',
    'ERR_INVALID_CONFIG',
    'm.gguf: read as a config.json and its weights: config.json: num_hidden_layers is 5000 but must be',
    { ...llama, 'llama.block_count': 5000 },
  ],
  [
    'a mixture of experts',
    'ERR_UNSUPPORTED_FILE',
    'llama.expert_count is 8: xling has no mixtures of experts',
    { ...llama, 'llama.expert_count': 8 },
  ],
  [
    'values of another width',
    'ERR_UNSUPPORTED_FILE',
    'llama.attention.value_length is 16: it must be attention.key_length, which is 8',
    { ...llama, 'llama.attention.value_length': 16 },
  ],
  [
    'heads rotated in part',
    'ERR_UNSUPPORTED_FILE',
    'llama.rope.dimension_count is 4: heads are rotated as a whole',
    { ...llama, 'llama.rope.dimension_count': 4 },
  ],
  [
    'an unknown scaling',
    'ERR_UNSUPPORTED_FILE',
    "llama.rope.scaling.type is 'yarn', which xling does not have",
    { ...llama, 'llama.rope.scaling.type': 'yarn' },
  ],
  [
    'a scaling without its factor',
    'ERR_INVALID_CONFIG',
    'factor is 0 but must be',
    { ...llama, 'llama.rope.scaling.type': 'linear', 'llama.rope.scaling.factor': 0 },
  ],
  [
    "divisors that are not Llama 3's",
    'ERR_UNSUPPORTED_FILE',
    "scaled by rope_freqs.weight in another way than Llama 3's",
    llama,
    { ...tensors, 'rope_freqs.weight': Float32Array.of(1, 2, 3, 4) },
  ],
  [
    'divisors of another width',
    'ERR_UNSUPPORTED_FILE',
    'scaled by rope_freqs.weight in another way',
    llama,
    { ...tensors, 'rope_freqs.weight': Float32Array.of(1, 1, 8) },
  ],
  [
    'divisors beyond number',
    'ERR_UNSUPPORTED_FILE',
    'scaled by rope_freqs.weight in another way',
    llama,
    { ...tensors, 'rope_freqs.weight': Float32Array.of(1, 1, Number.NaN, 8) },
  ],
  [
    'no embedding',
    'ERR_WEIGHTS_MISMATCH',
    'm.gguf: there is no tensor token_embd.weight',
    llama,
    without(tensors, 'token_embd.weight'),
  ],
  [
    'a missing tensor',
    'ERR_WEIGHTS_MISMATCH',
    'lack 1 of the 11 tensors that it calls for (blk.0.ffn_up.weight)',
    llama,
    without(tensors, 'blk.0.ffn_up.weight'),
  ],
  [
    'a tensor too many',
    'ERR_WEIGHTS_MISMATCH',
    'hold 1 that it knows nothing of (blk.0.ffn_gate_inp.weight)',
    llama,
    { ...tensors, 'blk.0.ffn_gate_inp.weight': [4, hidden] },
  ],
  [
    'a tensor of another shape',
    'ERR_WEIGHTS_MISMATCH',
    'm.gguf: blk.0.ffn_up.weight is [16, 16] but the configuration makes it [24, 16]',
    llama,
    { ...tensors, 'blk.0.ffn_up.weight': [16, hidden] },
  ],
  [
    'a pattern for other layers',
    'ERR_UNSUPPORTED_FILE',
    'gemma3.attention.sliding_window_pattern is for 2 layers, but the model has 1',
    { ...gemma, 'gemma3.attention.sliding_window_pattern': [1, 0] },
    gemmaTensors,
  ],
  [
    'a Gemma without its window',
    'ERR_MALFORMED_FILE',
    'the key gemma3.attention.sliding_window is missing',
    without(gemma, 'gemma3.attention.sliding_window'),
    gemmaTensors,
  ],
]

for (const [what, code, message, values, shapes = tensors] of cases)
  test(`refused: ${what}`, () => throws(() => load(values, shapes), code, message))

test('divisors of 1 scale nothing', async () => {
  const ropes = async (shapes: Tensors) => (await openModel(await put(llama, shapes))).spec.ropes
  const table = { 'rope_freqs.weight': Float32Array.of(1, 1, 1, 1) }
  assert.deepEqual(await ropes({ ...tensors, ...table }), await ropes(tensors))
})
