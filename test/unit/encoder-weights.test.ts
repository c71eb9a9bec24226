// An encoder's slots among the tensors of files, however those are spelled.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encoderArchitectureOf } from '#xling/model/architectures/index'
import { resolveWeights } from '#xling/model/resolve-weights'

const config = {
  model_type: 'bert',
  vocab_size: 40,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 24,
  max_position_embeddings: 12,
}
const bert = encoderArchitectureOf(config)
const poolerTensors = ['pooler.dense.weight', 'pooler.dense.bias']
const headTensors = [
  'cls.predictions.transform.dense.weight',
  'cls.predictions.transform.dense.bias',
  'cls.predictions.transform.LayerNorm.weight',
  'cls.predictions.transform.LayerNorm.bias',
  'cls.predictions.bias',
]

/** With the heads of these tensors. */
const specWith = (...heads: string[]) => bert.spec(config, heads)
const bare = specWith(...poolerTensors)
const whole = specWith(...poolerTensors, ...headTensors)
const namesOf = (spec = bare) => bert.weights(spec).map(({ name }) => name)
const oldNorms = (name: string) =>
  name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta')

/** As openers do: the spec is read from the same names. */
function resolve(tensors: string[]): Map<string, string> {
  return resolveWeights(bert, bert.spec(config, tensors), tensors)
}

const mismatch = (tensors: string[], what: string) =>
  assert.throws(() => resolve(tensors), {
    code: 'ERR_WEIGHTS_MISMATCH',
    message: `the weights do not fit config.json: the files ${what}`,
  })

test('a slot, its name and its shape, from the embedding up', () => {
  const block = (layer: number) => {
    const at = `encoder.layer.${layer}`
    return [
      ['query', `${at}.attention.self.query`, [16, 16]],
      ['key', `${at}.attention.self.key`, [16, 16]],
      ['value', `${at}.attention.self.value`, [16, 16]],
      ['output', `${at}.attention.output.dense`, [16, 16]],
      ['attentionNorm', `${at}.attention.output.LayerNorm`, [16]],
      ['up', `${at}.intermediate.dense`, [24, 16]],
      ['down', `${at}.output.dense`, [16, 24]],
      ['mlpNorm', `${at}.output.LayerNorm`, [16]],
    ].flatMap(([slot, module, shape]) => [
      [`layers.${layer}.${slot}`, `${module}.weight`, shape],
      [`layers.${layer}.${slot}.bias`, `${module}.bias`, (shape as number[]).slice(0, 1)],
    ])
  }
  const body = [
    ['embedding', 'embeddings.word_embeddings.weight', [40, 16]],
    ['positions', 'embeddings.position_embeddings.weight', [12, 16]],
    ['types', 'embeddings.token_type_embeddings.weight', [2, 16]],
    ['embeddingNorm', 'embeddings.LayerNorm.weight', [16]],
    ['embeddingNorm.bias', 'embeddings.LayerNorm.bias', [16]],
    ...block(0),
    ...block(1),
  ]
  const pooler = [
    ['pooler', 'pooler.dense.weight', [16, 16]],
    ['pooler.bias', 'pooler.dense.bias', [16]],
  ]
  const head = [
    ['maskedLmDense', 'cls.predictions.transform.dense.weight', [16, 16]],
    ['maskedLmDense.bias', 'cls.predictions.transform.dense.bias', [16]],
    ['maskedLmNorm', 'cls.predictions.transform.LayerNorm.weight', [16]],
    ['maskedLmNorm.bias', 'cls.predictions.transform.LayerNorm.bias', [16]],
    ['maskedLmHead.bias', 'cls.predictions.bias', [40]],
  ]
  const listed = (spec: typeof bare) => bert.weights(spec).map(({ slot, name, shape }) => [slot, name, shape])
  const prefixed = (rows: unknown[][]) => rows.map(([slot, name, shape]) => [slot, `bert.${name}`, shape])
  assert.deepEqual(listed(bare), [...body, ...pooler])
  assert.deepEqual(listed(specWith()), body)
  assert.deepEqual(listed(whole), [...prefixed([...body, ...pooler]), ...head])
  assert.deepEqual(listed(specWith(...headTensors)), [...prefixed(body), ...head])
  const narrow = { ...bare, typeCount: 0, pooler: { outputs: 5, bias: false, activation: 'identity' as const } }
  assert.deepEqual(listed(narrow), [
    ...body.filter(([slot]) => slot !== 'types'),
    ['pooler', 'pooler.dense.weight', [5, 16]],
  ])
})

test('every spelling is read, each slot under its own tensor', () => {
  for (const spec of [bare, whole, specWith(), specWith(...headTensors)])
    for (const prefix of ['', 'bert.'])
      for (const norms of [(name: string) => name, oldNorms]) {
        const tensors = namesOf(spec).map(name =>
          norms(name.replace(/^(bert\.)?(?=embeddings|encoder|pooler)/, prefix)),
        )
        assert.deepEqual(
          [...resolve(tensors.toReversed())],
          bert.weights(spec).map(({ slot }, i) => [slot, tensors[i]]),
        )
      }
})

test('a tied head may be in the file again, and in place of the embedding, as may its bias', () => {
  const names = namesOf(whole)
  const [embedding, bias] = ['bert.embeddings.word_embeddings.weight', 'cls.predictions.bias']
  const [copy, biasCopy] = ['cls.predictions.decoder.weight', 'cls.predictions.decoder.bias']
  const found = resolve([...names, copy, biasCopy])
  assert.deepEqual([found.get('embedding'), found.get('maskedLmHead.bias')], [embedding, bias])
  assert.equal(found.size, names.length)
  const instead = resolve([...names.filter(name => name !== embedding && name !== bias), copy, biasCopy])
  assert.deepEqual([instead.get('embedding'), instead.get('maskedLmHead.bias')], [copy, biasCopy])
  mismatch(
    names.filter(name => name !== embedding),
    `lack 1 of the ${names.length} tensors that it calls for (${embedding})`,
  )
})

test('task heads and buffers are passed over; the rest is not', () => {
  const names = namesOf()
  const foreign = [
    'embeddings.position_ids',
    'bert.embeddings.position_ids',
    'cls.seq_relationship.weight',
    'cls.seq_relationship.bias',
    'classifier.weight',
    'qa_outputs.bias',
  ]
  assert.equal(resolve([...names, ...foreign]).size, names.length)
  for (const unknown of [
    'classifiers.weight',
    'my.classifier.weight',
    'position_ids',
    'encoder.layer.2.output.dense.bias',
    'encoder.layer.0.attention.self.distance_embedding.weight',
    'bert.embeddings.LayerNorm.bias',
  ])
    mismatch([...names, unknown], `hold 1 that it knows nothing of (${unknown})`)
})

test('what is missing is listed, also where norms are spelled in both ways', () => {
  const names = namesOf()
  const half = names.map(name => (name.startsWith('embeddings.') ? oldNorms(name) : name))
  mismatch(
    half,
    `lack 2 of the ${names.length} tensors that it calls for (embeddings.LayerNorm.weight, embeddings.LayerNorm.bias) \
and hold 2 that it knows nothing of (embeddings.LayerNorm.gamma, embeddings.LayerNorm.beta)`,
  )
  mismatch(
    names.filter(name => name !== 'pooler.dense.bias'),
    `lack 1 of the ${names.length} tensors that it calls for (pooler.dense.bias)`,
  )
})

test("a saved folder's names are those of transformers, without a pooler that its classes could not load", () => {
  const saved = (pooler: typeof bare.pooler) => bert.savedWeights({ ...bare, pooler }).map(({ name }) => name)
  const body = namesOf(specWith())
  assert.deepEqual(saved(bare.pooler), [...body, ...poolerTensors])
  for (const pooler of [
    undefined,
    { outputs: 5, bias: true, activation: 'tanh' },
    { outputs: 16, bias: false, activation: 'tanh' },
    { outputs: 16, bias: true, activation: 'identity' },
  ] as const)
    assert.deepEqual(saved(pooler), body)
})
