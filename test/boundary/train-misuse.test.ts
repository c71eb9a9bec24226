import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Decoder, Encoder, type ErrorCode, type TrainOptions, train } from 'xling'
import { pairs } from '../pipeline/micro-world.js'
import { throws } from './throws.js'
import { adapted, sentences, sftRows, told, triplets, withFolders } from './train-fixture.js'

const untyped = <T>(value: unknown) => value as T

test('options that are none are refused at once, before data are read', () =>
  withFolders(async ({ encoder }) => {
    await using model = await Encoder.load(encoder)
    const unread = {
      // biome-ignore lint/correctness/useYield: nobody may ask
      async *[Symbol.asyncIterator](): AsyncGenerator<object> {
        assert.fail('data were read')
      },
    }
    const good: TrainOptions = { objective: 'contrastive', data: unread, lr: 1e-3 }
    const refuses = async (change: object, code: ErrorCode, text: string) =>
      throws(() => train(model, untyped({ ...good, ...change })), code, text)
    await throws(() => train(model, untyped(undefined)), 'ERR_INVALID_ARGUMENT', 'objective is undefined')
    await refuses({ objective: 'contrast' }, 'ERR_INVALID_ARGUMENT', "must be one of 'sft', 'contrastive', 'masked-lm'")
    await refuses({ learningRate: 1 }, 'ERR_UNKNOWN_OPTION', "no option 'learningRate'")
    await refuses({ batchsize: 8 }, 'ERR_UNKNOWN_OPTION', "did you mean 'batchSize'")
    await refuses({ template: 'plain' }, 'ERR_INVALID_ARGUMENT', "template is an option of the objective 'sft'")
    await refuses({ maskProbability: 0.1 }, 'ERR_INVALID_ARGUMENT', "of the objective 'masked-lm', and this one is")
    await refuses({ data: undefined }, 'ERR_INVALID_ARGUMENT', 'data is missing')
    await refuses({ lr: undefined }, 'ERR_INVALID_ARGUMENT', 'lr is missing')
    await refuses({ objective: 'sft' }, 'ERR_INVALID_ARGUMENT', "an Encoder has 'contrastive' and 'masked-lm'")
    for (const [name, values, text] of [
      ['lr', [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1'], 'a number above 0'],
      ['epochs', [0, -1, Number.NaN, Number.POSITIVE_INFINITY], 'a number above 0'],
      ['steps', [0, 1.5, -1], 'a whole number, 1 or more'],
      ['batchSize', [0, 1.5, '16'], 'a whole number, 1 or more'],
      ['accumulation', [0, 0.5], 'a whole number, 1 or more'],
      ['maxTokens', [0, 3.5], 'a whole number, 1 or more'],
      ['warmup', [-0.1, 1.5, Number.NaN], 'a share of the steps'],
      ['weightDecay', [-1], 'a number, 0 or more'],
      ['clip', [0, -1], 'a number above 0'],
      ['betas', [[0.9], [1, 0.9]], 'from 0 to below 1'],
      ['eps', [0], 'a number above 0'],
      ['noDecay', ['bias'], 'a regular expression'],
      ['seed', [-1, 0.5], 'a whole number'],
      ['schedule', ['linaer'], "'constant', 'linear', 'cosine'"],
      ['temperature', [0, -1, Number.NaN], 'a number above 0'],
      ['directions', ['backward'], "'forward', 'both'"],
      ['evaluate', [{}], 'a function'],
      ['folder', ['', 7], 'a path'],
      ['dropout', [1, -0.1, '0.1'], 'a number from 0 to below 1'],
      ['recompute', [1], 'true or false'],
      ['pooling', ['average'], "'mean'"],
      ['adapter', [{}, 'positive'], 'must be an Adapter'],
    ] as const)
      for (const value of values) await refuses({ [name]: value }, 'ERR_INVALID_ARGUMENT', text)
    for (const name of ['evaluateEvery', 'patience'])
      await refuses({ [name]: 1 }, 'ERR_INVALID_ARGUMENT', 'without evaluate')
    await refuses({ keep: 'best' }, 'ERR_INVALID_ARGUMENT', 'keep means nothing without evaluate')
    await refuses({ checkpointEvery: 1 }, 'ERR_INVALID_ARGUMENT', 'checkpointEvery means nothing without folder')
    await refuses({ fresh: true }, 'ERR_INVALID_ARGUMENT', 'fresh means nothing without folder')
    await refuses({ folder: 'x', fresh: 'yes' }, 'ERR_INVALID_ARGUMENT', 'true or false')
  }))

test('data that cannot be learnt from are refused, by row', () =>
  withFolders(async ({ decoder, encoder }) => {
    await using one = await adapted(decoder)
    const sft = (data: TrainOptions['data'], more: object = {}) =>
      told(train(one.llm, { objective: 'sft', adapter: one.adapter, data, lr: 1e-3, ...more }))
    const long = Array.from({ length: 40 }, () => 'dog').join(' ')
    await throws(
      () => sft([...sftRows, { sent0: 'koru', sent1: long }], { maxTokens: 40 }),
      'ERR_PROMPT_TOO_LONG',
      'train: data: row 10: ',
    )
    const [event] = await sft([{ sent0: long, sent1: 'dog' }, ...sftRows], { maxTokens: 40, steps: 1 })
    assert.deepEqual(event?.data, { rows: 11, skipped: 0, truncated: 1 })
    await throws(() => sft(pairs.map(({ anchor }) => ({ text: anchor }))), 'ERR_MALFORMED_FILE', 'train: data')
    await throws(() => sft([]), 'ERR_NO_DATA', 'train: data')
    await throws(() => sft(sftRows, { task: 'negative' }), 'ERR_INVALID_ARGUMENT', 'negative')
    await throws(() => sft('no/such.csv'), 'ERR_FILE_NOT_FOUND', 'no/such.csv')

    await using model = await Encoder.load(encoder)
    await throws(
      () => told(train(model, { objective: 'contrastive', data: sentences, dropout: 0, lr: 1e-3 })),
      'ERR_INVALID_ARGUMENT',
      'dropout is 0',
    )
    await throws(
      () => told(train(model, { objective: 'masked-lm', data: triplets, lr: 1e-3 })),
      'ERR_MALFORMED_FILE',
      'train: data',
    )
    await throws(
      () => told(train(model, { objective: 'masked-lm', data: sentences, maxTokens: 1, lr: 1e-3 })),
      'ERR_INVALID_ARGUMENT',
      'maxTokens is 1',
    )
  }))

test('a folder that is none, or that nothing can be written to, is refused', () =>
  withFolders(async ({ decoder, run }) => {
    await using one = await adapted(decoder)
    await writeFile(run, '')
    const into = (folder: string) =>
      told(train(one.llm, { objective: 'sft', adapter: one.adapter, data: sftRows, lr: 1e-3, folder }))
    await throws(() => into(run), 'ERR_FILE_FAILED', run)
    await throws(() => into(join(run, 'below')), 'ERR_FILE_FAILED', run)
    // Reads as an empty folder, and takes no file.
    await throws(() => into('/proc/self/fdinfo'), 'ERR_FILE_NOT_FOUND', '/proc/self/fdinfo/checkpoint-')
  }))

test('a model that cannot learn it is refused', () =>
  withFolders(async ({ decoder, encoder, run }) => {
    await using llm = await Decoder.load(decoder)
    await throws(
      () => train(llm, { objective: 'contrastive', data: triplets, lr: 1e-3 }),
      'ERR_INVALID_ARGUMENT',
      "a Decoder has 'sft'",
    )
    const frozen = { objective: 'sft', data: sftRows, lr: 1e-3 } as const
    await throws(() => told(train(llm, frozen)), 'ERR_INVALID_ARGUMENT', 'nothing of this model trains')
    await using made = await Decoder.create(
      { model_type: 'llama', vocab_size: 20, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 1 },
      { seed: 1 },
    )
    await throws(() => told(train(made, frozen)), 'ERR_INVALID_TOKENIZER', 'made from nothing')
    await using other = await adapted(decoder)
    await throws(() => told(train(llm, { ...frozen, adapter: other.adapter })), 'ERR_INVALID_ARGUMENT', 'another model')
    await other.adapter.save(run)
    const used = await llm.loadAdapter(run, { name: 'used' })
    await throws(() => told(train(llm, { ...frozen, adapter: used })), 'ERR_INVALID_ARGUMENT', 'trainable: true')
    const encoderModel = await Encoder.load(encoder)
    const leaving = train(encoderModel, { objective: 'contrastive', data: triplets, lr: 1e-3 })
    await leaving.next()
    await encoderModel.dispose()
    await throws(() => leaving.next(), 'ERR_DISPOSED', 'disposed')
  }))
