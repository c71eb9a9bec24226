// The engine's slots among the tensors of files, however those are spelled.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { XlingError } from '#xling/binding/errors'
import { architectureOf } from '#xling/model/architectures/index'
import type { DecoderSpec } from '#xling/model/decoder-spec'
import { resolveWeights } from '#xling/model/resolve-weights'
import { goldenNames, readJson, tensorShapes } from '../golden/decoder/golden-folder.js'

const small = { hidden_size: 32, num_attention_heads: 2, num_hidden_layers: 2, vocab_size: 10, intermediate_size: 24 }
const llama = { model_type: 'llama', ...small }
const gemma = { model_type: 'gemma3_text', ...small, num_key_value_heads: 1, head_dim: 8 }
const multimodal = { model_type: 'gemma3', text_config: gemma }

function weightsOf(config: object) {
  const architecture = architectureOf(config)
  return architecture.weights(architecture.spec(config))
}

const namesOf = (config: object) => weightsOf(config).map(({ name }) => name)

function resolve(config: object, tensors: Iterable<string>): Map<string, string> {
  const architecture = architectureOf(config)
  return resolveWeights(architecture, architecture.spec(config), tensors)
}

function mismatch(config: object, tensors: Iterable<string>, message: string): void {
  const wanted = `the weights do not fit config.json: the files ${message}`
  assert.throws(
    () => resolve(config, tensors),
    (error: unknown) => {
      assert.ok(error instanceof XlingError)
      assert.equal(error.code, 'ERR_WEIGHTS_MISMATCH')
      assert.equal(error.message, wanted)
      return true
    },
  )
}

test("every slot is found in the goldens' files, with its shape, and nothing is left over", async () => {
  for (const name of await goldenNames()) {
    const config = await readJson<object>(`${name}/config.json`)
    const shapes = await tensorShapes(name)
    const found = resolve(config, shapes.keys())
    for (const { slot, shape } of weightsOf(config))
      assert.deepEqual(shapes.get(found.get(slot) ?? ''), shape, `${name}: ${slot}`)
    const architecture = architectureOf(config)
    const ours = [...shapes.keys()].filter(tensor => !architecture.isForeign(tensor))
    assert.deepEqual([...found.values()].sort(), ours.sort(), name)
  }
})

test('the files of both multimodal goldens hold a vision tower, under two spellings', async () => {
  for (const [name, model] of [
    ['gemma3-multimodal-f16', 'language_model.model.'],
    ['gemma3-multimodal-f16-renamed', 'model.language_model.'],
  ] as const) {
    const tensors = [...(await tensorShapes(name)).keys()]
    assert.ok(tensors.some(tensor => tensor.startsWith(`${model}layers.0.`)))
    assert.ok(tensors.some(tensor => tensor.includes('vision_tower.')))
    assert.ok(tensors.some(tensor => tensor.includes('multi_modal_projector.')))
  }
})

test('a slot, its name and its shape, from the embedding up', () => {
  const llamaLayer = [
    ['layers.0.attentionNorm', 'model.layers.0.input_layernorm.weight', [32]],
    ['layers.0.query', 'model.layers.0.self_attn.q_proj.weight', [64, 32]],
    ['layers.0.query.bias', 'model.layers.0.self_attn.q_proj.bias', [64]],
    ['layers.0.key', 'model.layers.0.self_attn.k_proj.weight', [32, 32]],
    ['layers.0.key.bias', 'model.layers.0.self_attn.k_proj.bias', [32]],
    ['layers.0.value', 'model.layers.0.self_attn.v_proj.weight', [32, 32]],
    ['layers.0.value.bias', 'model.layers.0.self_attn.v_proj.bias', [32]],
    ['layers.0.output', 'model.layers.0.self_attn.o_proj.weight', [32, 64]],
    ['layers.0.output.bias', 'model.layers.0.self_attn.o_proj.bias', [32]],
    ['layers.0.mlpNorm', 'model.layers.0.post_attention_layernorm.weight', [32]],
    ['layers.0.gate', 'model.layers.0.mlp.gate_proj.weight', [24, 32]],
    ['layers.0.gate.bias', 'model.layers.0.mlp.gate_proj.bias', [24]],
    ['layers.0.up', 'model.layers.0.mlp.up_proj.weight', [24, 32]],
    ['layers.0.up.bias', 'model.layers.0.mlp.up_proj.bias', [24]],
    ['layers.0.down', 'model.layers.0.mlp.down_proj.weight', [32, 24]],
    ['layers.0.down.bias', 'model.layers.0.mlp.down_proj.bias', [32]],
  ]
  const more = { num_hidden_layers: 1, head_dim: 32, num_key_value_heads: 1, attention_bias: true, mlp_bias: true }
  assert.deepEqual(
    weightsOf({ ...llama, ...more }).map(({ slot, name, shape }) => [slot, name, shape]),
    [
      ['embedding', 'model.embed_tokens.weight', [10, 32]],
      ...llamaLayer,
      ['norm', 'model.norm.weight', [32]],
      ['head', 'lm_head.weight', [10, 32]],
    ],
  )
  assert.deepEqual(
    weightsOf({ ...gemma, num_hidden_layers: 1 }).map(({ slot, name }) => `${slot} ${name}`),
    [
      'embedding model.embed_tokens.weight',
      'layers.0.attentionNorm model.layers.0.input_layernorm.weight',
      'layers.0.query model.layers.0.self_attn.q_proj.weight',
      'layers.0.key model.layers.0.self_attn.k_proj.weight',
      'layers.0.value model.layers.0.self_attn.v_proj.weight',
      'layers.0.output model.layers.0.self_attn.o_proj.weight',
      'layers.0.queryNorm model.layers.0.self_attn.q_norm.weight',
      'layers.0.keyNorm model.layers.0.self_attn.k_norm.weight',
      'layers.0.attentionAfterNorm model.layers.0.post_attention_layernorm.weight',
      'layers.0.mlpNorm model.layers.0.pre_feedforward_layernorm.weight',
      'layers.0.gate model.layers.0.mlp.gate_proj.weight',
      'layers.0.up model.layers.0.mlp.up_proj.weight',
      'layers.0.down model.layers.0.mlp.down_proj.weight',
      'layers.0.mlpAfterNorm model.layers.0.post_feedforward_layernorm.weight',
      'norm model.norm.weight',
    ],
  )
})

test('a spec that its architecture has no names for is a bug, and said to be one', () => {
  const spec: DecoderSpec = architectureOf(gemma).spec(gemma)
  assert.throws(() => architectureOf(llama).weights(spec), { code: 'ERR_INTERNAL', message: /the slot queryNorm/ })
})

test('every spelling of a family is read, each slot under its own tensor', () => {
  const respelled = (names: string[], model: string, head: string) =>
    names.map(name => name.replace(/^model\./, model).replace(/^lm_head\./, head))
  const plain: [string, string][] = [
    ['model.', 'lm_head.'],
    ['', 'lm_head.'],
  ]
  const nested: [string, string][] = [
    ['language_model.model.', 'language_model.lm_head.'],
    ['model.language_model.', 'lm_head.'],
    ['language_model.', 'lm_head.'],
  ]
  for (const [config, spellings] of [
    [llama, plain],
    [{ ...gemma, tie_word_embeddings: false }, plain],
    [{ ...multimodal, tie_word_embeddings: false }, [...plain, ...nested]],
  ] as const)
    for (const [model, head] of spellings) {
      const tensors = respelled(namesOf(config), model, head)
      const found = resolve(config, tensors.toReversed())
      const slots = weightsOf(config).map(({ slot }) => slot)
      assert.deepEqual(
        [...found],
        slots.map((slot, i) => [slot, tensors[i]]),
        `${model}…`,
      )
    }
  mismatch(
    gemma,
    respelled(namesOf(gemma), 'language_model.model.', ''),
    `lack 28 of the 28 tensors that it calls for (model.embed_tokens.weight, model.layers.0.input_layernorm.weight, \
model.layers.0.self_attn.q_proj.weight, model.layers.0.self_attn.k_proj.weight and 24 more) and hold 28 that it knows \
nothing of (language_model.model.embed_tokens.weight, language_model.model.layers.0.input_layernorm.weight, \
language_model.model.layers.0.self_attn.q_proj.weight, language_model.model.layers.0.self_attn.k_proj.weight and 24 more)`,
  )
})

test('rotary tables of old files and the vision tower are left out', () => {
  const tables = ['model.layers.0.self_attn.rotary_emb.inv_freq', 'model.rotary_emb.inv_freq', 'rotary_emb.inv_freq']
  assert.equal(resolve(llama, [...namesOf(llama), ...tables]).size, namesOf(llama).length)
  const vision = [
    'vision_tower.a',
    'model.vision_tower.a.b',
    'multi_modal_projector.c',
    'model.multi_modal_projector.d',
  ]
  assert.equal(resolve(multimodal, [...namesOf(multimodal), ...vision]).size, namesOf(multimodal).length)
  mismatch(gemma, [...namesOf(gemma), 'vision_tower.a'], 'hold 1 that it knows nothing of (vision_tower.a)')
  mismatch(
    llama,
    [...namesOf(llama), 'my_rotary_emb.inv_freq'],
    'hold 1 that it knows nothing of (my_rotary_emb.inv_freq)',
  )
  mismatch(
    multimodal,
    [...namesOf(multimodal), 'vision_towers.a', 'audio_tower.b', 'my.vision_tower.c'],
    'hold 3 that it knows nothing of (vision_towers.a, audio_tower.b, my.vision_tower.c)',
  )
})

test('a tied head may be in the file again, and in place of the embedding, but not where config.json says untied', () => {
  const tied = { ...llama, tie_word_embeddings: true }
  const embedding = 'model.embed_tokens.weight'
  const head = 'lm_head.weight'
  assert.ok(!namesOf(tied).includes(head))
  for (const config of [tied, gemma]) {
    const names = namesOf(config)
    assert.equal(resolve(config, [...names, head]).get('embedding'), embedding)
    assert.ok(!resolve(config, [...names, head]).has('head'))
    const instead = names.map(name => (name === embedding ? head : name))
    assert.equal(resolve(config, instead).get('embedding'), head)
    const neither = names.filter(name => name !== embedding)
    mismatch(config, neither, `lack 1 of the ${names.length} tensors that it calls for (${embedding})`)
  }
  const nested = namesOf(multimodal).map(name => `language_model.${name}`)
  assert.equal(resolve(multimodal, [...nested, 'language_model.lm_head.weight']).size, nested.length)
  mismatch(multimodal, [...nested, 'lm_head.weight'], 'hold 1 that it knows nothing of (lm_head.weight)')

  const names = namesOf(llama)
  assert.equal(resolve(llama, names).get('head'), head)
  const without = (gone: string) => names.filter(name => name !== gone)
  mismatch(llama, without(head), `lack 1 of the ${names.length} tensors that it calls for (${head})`)
  mismatch(llama, without(embedding), `lack 1 of the ${names.length} tensors that it calls for (${embedding})`)
})

test('what is missing and what is left over is listed, the first few of it, with their number', () => {
  const names = namesOf(llama)
  mismatch(
    llama,
    [],
    `lack 21 of the 21 tensors that it calls for (model.embed_tokens.weight, model.layers.0.input_layernorm.weight, \
model.layers.0.self_attn.q_proj.weight, model.layers.0.self_attn.k_proj.weight and 17 more)`,
  )
  mismatch(
    llama,
    [...names.slice(1), 'score.weight'],
    `lack 1 of the 21 tensors that it calls for (model.embed_tokens.weight) \
and hold 1 that it knows nothing of (score.weight)`,
  )
  mismatch(
    llama,
    [...names, ...['a', 'b', 'c', 'd', 'e', 'f']],
    'hold 6 that it knows nothing of (a, b, c, d and 2 more)',
  )
  // A layer more than config.json has, a bias that it does not have, and spellings that are mixed.
  mismatch(
    llama,
    [...names, 'model.layers.2.mlp.up_proj.weight'],
    'hold 1 that it knows nothing of (model.layers.2.mlp.up_proj.weight)',
  )
  mismatch(
    llama,
    [...names, 'model.layers.0.mlp.up_proj.bias'],
    'hold 1 that it knows nothing of (model.layers.0.mlp.up_proj.bias)',
  )
  mismatch(
    llama,
    names.map(name => (name === 'model.norm.weight' ? 'norm.weight' : name)),
    'lack 1 of the 21 tensors that it calls for (model.norm.weight) and hold 1 that it knows nothing of (norm.weight)',
  )
  mismatch(
    { ...llama, mlp_bias: true },
    names,
    `lack 6 of the 27 tensors that it calls for (model.layers.0.mlp.gate_proj.bias, model.layers.0.mlp.up_proj.bias, \
model.layers.0.mlp.down_proj.bias, model.layers.1.mlp.gate_proj.bias and 2 more)`,
  )
})
