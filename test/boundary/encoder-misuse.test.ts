import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ContrastiveBatch, type ContrastiveOptions, Encoder, type ErrorCode, type LabelledBatch } from 'xling'
import { throws } from './throws.js'

const config = {
  ...{ model_type: 'bert', vocab_size: 131, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2 },
  ...{ intermediate_size: 48, max_position_embeddings: 40 },
}
const untyped = <T>(value: unknown) => value as T

const rows = (...lengths: number[]) => {
  const offsets = Int32Array.of(0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b, 0)))
  return { ids: Int32Array.from({ length: offsets.at(-1) ?? 0 }, (_, i) => (i * 7) % 131), offsets }
}

async function abused(abuse: (encoder: Encoder) => Promise<void>): Promise<void> {
  await using encoder = await Encoder.create(config, { seed: 1 })
  await abuse(encoder)
  // Whatever happened, it goes on.
  const vectors = await encoder.embed(rows(3, 5))
  assert.equal(vectors.length, 64)
  assert.ok(vectors.every(Number.isFinite))
}

test('an encoder that cannot be made is refused', async () => {
  const create = (change: object, options: object = {}) =>
    Encoder.create({ ...config, ...change }, untyped({ seed: 1, ...options }))
  await throws(() => create({ model_type: 'llama' }), 'ERR_UNKNOWN_ARCHITECTURE', 'llama')
  await throws(() => create({ hidden_act: 'relu6' }), 'ERR_INVALID_CONFIG', 'hidden_act')
  await throws(() => create({}, { seed: -1 }), 'ERR_INVALID_ARGUMENT', 'seed')
  await throws(() => create({}, { pool: 'mean' }), 'ERR_UNKNOWN_OPTION', "did you mean 'pooling'")
  await throws(() => create({}, { pooling: 'average' }), 'ERR_INVALID_ARGUMENT', 'pooling')
  await throws(() => create({}, { normalize: 1 }), 'ERR_INVALID_ARGUMENT', 'normalize')
  await throws(
    () => create({ architectures: ['BertForMaskedLM'] }, { pooling: 'cls' }),
    'ERR_INVALID_ARGUMENT',
    'cls_before_pooler',
  )
})

test('rows and texts that are none are refused', () =>
  abused(async encoder => {
    const embed = (change: object) => encoder.embed({ ...rows(3, 5), ...change })
    await throws(() => embed({ ids: [1, 2] }), 'ERR_INVALID_ARGUMENT', 'ids')
    await throws(() => embed({ offsets: Int32Array.of(0, 3, 7) }), 'ERR_INVALID_SHAPE', 'offsets end at 7')
    await throws(() => embed({ offsets: Int32Array.of() }), 'ERR_INVALID_SHAPE', 'offsets are empty')
    await throws(() => embed({ offsets: Int32Array.of(0, 9, 8) }), 'ERR_INVALID_ARGUMENT', 'fall from 9 to 8')
    await throws(() => encoder.embed(rows(41)), 'ERR_INVALID_ARGUMENT', 'row 0 has 41 tokens')
    await throws(
      () => encoder.embed({ ids: Int32Array.of(131), offsets: Int32Array.of(0, 1) }),
      'ERR_INVALID_ARGUMENT',
      'id 131',
    )
    await throws(() => encoder.embed(rows(3), untyped({ poolings: 'max' })), 'ERR_UNKNOWN_OPTION', "'pooling'")
    await throws(() => encoder.hiddenStates(Int32Array.of(1), { layer: 3 }), 'ERR_INVALID_ARGUMENT', 'layer is 3')
    await throws(() => encoder.encode(['a']), 'ERR_INVALID_TOKENIZER', 'made from nothing')
    await throws(() => encoder.encode(untyped('a')), 'ERR_INVALID_ARGUMENT', 'texts must be an array')
    await throws(() => encoder.encode(untyped(['a', 1])), 'ERR_INVALID_ARGUMENT', 'texts[1]')
    await throws(() => encoder.encode(['a'], { promptName: 'query' }), 'ERR_INVALID_ARGUMENT', "no prompt 'query'")
    await throws(() => encoder.encode(['a'], { batchSize: 0 }), 'ERR_INVALID_ARGUMENT', 'batchSize')
    await throws(() => encoder.encode(['a'], { maxTokens: 41 }), 'ERR_INVALID_ARGUMENT', 'maxTokens')
    await throws(() => encoder.encode(['a'], untyped({ promt: 'x' })), 'ERR_UNKNOWN_OPTION', "'prompt'")
  }))

test('batches of sentences that are none are refused, by place', () =>
  abused(async encoder => {
    const [anchors, positives] = [rows(3, 5), rows(4, 2)]
    const how: ContrastiveOptions = { objective: 'contrastive' }
    const refuses = (batch: object, code: ErrorCode, text: string, options: object = {}) =>
      throws(() => encoder.accumulate(untyped<ContrastiveBatch>(batch), { ...how, ...options }), code, text)
    await refuses({ anchors }, 'ERR_INVALID_ARGUMENT', 'positives')
    await refuses({ anchors, positives: rows(4) }, 'ERR_INVALID_SHAPE', '1 rows but there are 2 anchors')
    await refuses({ anchors, positives, negatives: rows(4) }, 'ERR_INVALID_SHAPE', 'negatives are 1 rows')
    await refuses({ anchors, positives, negatives: [rows(1, 1), rows(4)] }, 'ERR_INVALID_SHAPE', 'negatives[1]')
    await refuses({ anchors: rows(), positives: rows() }, 'ERR_INVALID_SHAPE', 'no row')
    await refuses({ anchors, positives, negative: anchors }, 'ERR_UNKNOWN_OPTION', "'negatives'")
    await refuses(
      { anchors, positives: { ...positives, adapters: [null, null] } },
      'ERR_UNKNOWN_OPTION',
      "no option 'adapters'",
    )
    await refuses({ anchors: { ...anchors, keys: Int32Array.of(1) }, positives }, 'ERR_INVALID_SHAPE', '1 keys')
    await refuses(
      { anchors, positives: { ...positives, keys: Int32Array.of(1, 2) } },
      'ERR_INVALID_ARGUMENT',
      'give the anchors theirs',
    )
    const options = (change: object, text: string) =>
      refuses({ anchors, positives }, 'ERR_INVALID_ARGUMENT', text, change)
    await options({ temperature: 0 }, 'temperature is 0')
    await options({ hardNegativeWeight: Number.NaN }, 'hardNegativeWeight')
    await options({ directions: 'backward' }, 'directions')
    await options({ pooling: 'first' }, 'pooling')
    await options({ dropout: 1 }, 'dropout is 1')
    await options({ objective: 'sft' }, 'objective')
    await refuses({ anchors, positives }, 'ERR_UNKNOWN_OPTION', "'temperature'", { temprature: 1 })
    await throws(() => encoder.step({ lr: 1e-3 }), 'ERR_INVALID_ARGUMENT', 'nothing was accumulated')
  }))

test('batches of masked tokens that are none are refused', () =>
  abused(async encoder => {
    const refuses = (change: object, code: ErrorCode, text: string) =>
      throws(
        () =>
          encoder.accumulate(
            untyped<LabelledBatch>({ ...rows(3, 5), labels: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8), ...change }),
            {
              objective: 'masked-lm',
            },
          ),
        code,
        text,
      )
    await refuses({ labels: new Int32Array(8).fill(-100) }, 'ERR_NO_LABELS', 'all are -100')
    await refuses({ labels: new Int32Array(7) }, 'ERR_INVALID_SHAPE', '7 labels for 8 ids')
    await refuses({ labels: new Int32Array(8).fill(131) }, 'ERR_INVALID_ARGUMENT', 'row 0: label 131 at token 0')
    await refuses({ labels: undefined }, 'ERR_INVALID_ARGUMENT', 'labels must be')
  }))

test('an encoder without the head that is asked for says so', async () => {
  await using bare = await Encoder.create({ ...config, architectures: ['BertModel'] }, { seed: 1 })
  const masked = { ...rows(3), labels: Int32Array.of(1, 2, 3) }
  await throws(
    () => bare.accumulate(masked, { objective: 'masked-lm' }),
    'ERR_INVALID_ARGUMENT',
    'no head that guesses',
  )
})

test('what it would take is refused where it cannot be', () =>
  abused(async encoder => {
    const refuses = (work: object, code: ErrorCode, text: string) =>
      throws(async () => encoder.estimate(work), code, text)
    await refuses({ tokens: 41 }, 'ERR_INVALID_ARGUMENT', 'tokens is 41')
    await refuses({ rows: 0 }, 'ERR_INVALID_ARGUMENT', 'rows is 0')
    await refuses({ rows: 2 ** 24 / 32 + 1, tokens: 32 }, 'ERR_INVALID_ARGUMENT', 'from 1 to 524288')
    await refuses({ task: 'accumulate', rows: 5 }, 'ERR_INVALID_ARGUMENT', 'of 5 rows')
    await refuses({ task: 'logits' }, 'ERR_INVALID_ARGUMENT', 'task')
    await refuses({ token: 3 }, 'ERR_UNKNOWN_OPTION', "'tokens'")
    const encode = encoder.estimate({ tokens: 30, rows: 4 })
    const learn = encoder.estimate({ task: 'accumulate', tokens: 30, rows: 4 })
    assert.ok(encode.workspace > 0 && encode.training === 0 && learn.training > 0 && learn.workspace > encode.workspace)
    assert.ok(
      encoder.estimate({ task: 'accumulate', tokens: 30, rows: 4, recompute: true }).workspace < learn.workspace,
    )
  }))

test('a decoder is no encoder, and what was disposed is gone', async () => {
  const encoder = await Encoder.create(config, { seed: 1 })
  await Promise.all([encoder.dispose(), encoder.dispose()])
  await throws(() => encoder.embed(rows(3)), 'ERR_DISPOSED', 'disposed')
  await throws(() => encoder.save('/nowhere'), 'ERR_DISPOSED', 'disposed')
})
