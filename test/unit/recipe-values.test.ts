// Every value of a recipe: what is none of its kind or range is refused with its key and with what is accepted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdapterConfig, alphaRange, completeConfig, dropoutRange, rankRange } from '#xling/adapter/adapter-config'
import { throws } from '../boundary/throws.js'
import { adaptWith, encoderWith } from './recipe/problems.js'

const wholeFrom = (from: number) =>
  [[from - 1, from + 0.5, '2', null, 2 ** 53, []], `a whole number from ${from}`] as const
const above0 = [[0, -1, '1', null, true], 'a number above 0'] as const
const share = [[-0.1, 1, '0', null], 'a number from 0 to below 1'] as const
const truth = [[0, 'yes', null], 'true or false'] as const

const wrongTraining: Record<string, readonly [values: readonly unknown[], accepted: string]> = {
  epochs: above0,
  steps: wholeFrom(1),
  batchSize: wholeFrom(1),
  accumulation: wholeFrom(1),
  maxTokens: wholeFrom(1),
  lr: above0,
  schedule: [['step', null, 1], "one of 'constant', 'linear', 'cosine'"],
  weightDecay: [[-1, '0', null], 'a number from 0'],
  noDecay: [['', 1, null], 'a regular expression'],
  clip: above0,
  betas: [[[0.9], [0.9, 0.99, 0.999], 0.9, null], 'two numbers from 0 to below 1'],
  eps: above0,
  dropout: share,
  recompute: truth,
  seed: wholeFrom(0),
  evaluateEvery: wholeFrom(1),
  patience: wholeFrom(1),
  checkpointEvery: wholeFrom(1),
}

for (const [key, [values, accepted]] of Object.entries(wrongTraining))
  test(`refused: a training's ${key}`, () => {
    for (const value of values)
      for (const given of [adaptWith, encoderWith]) {
        const message = given({ train: { lr: 1, [key]: value } })
        assert.ok(message.includes(`.train.${key}: is `) && message.includes(`but must be ${accepted}`), message)
      }
  })

const wrongContrastive: typeof wrongTraining = {
  temperature: above0,
  hardNegativeWeight: [['0', null], 'a number'],
  directions: [['backward', null], "one of 'forward', 'both'"],
}

for (const [key, [values, accepted]] of Object.entries(wrongContrastive))
  test(`refused: the contrastive ${key}`, () => {
    for (const value of values) {
      const message = encoderWith({ train: { lr: 1, [key]: value } })
      assert.ok(message.includes(`train-encoder.train.${key}: is `) && message.includes(`must be ${accepted}`), message)
    }
  })

const wrongAdapter: typeof wrongTraining = {
  rank: [[0, 1.5, 65537, '8', null], rankRange.text],
  alpha: [[0, '8', null], alphaRange.text],
  dropout: [[-0.1, 1, '0'], dropoutRange.text],
  targets: [[[], '', 7, null, {}], "'all-linear', a regular expression or a list of modules' names, one at least"],
  rankPattern: [[[4], 4, null], 'a mapping of regular expressions to numbers'],
  alphaPattern: [['q_proj', null], 'a mapping of regular expressions to numbers'],
  rsLora: truth,
}

for (const [key, [values, accepted]] of Object.entries(wrongAdapter))
  test(`refused: an adapter's ${key}, as where adapters are made`, async () => {
    for (const value of values) {
      const message = adaptWith({ adapter: { [key]: value } })
      assert.ok(message.includes(`adapt.adapter.${key}: is `) && message.includes(`must be ${accepted}`), message)
      await throws(() => completeConfig('a', { [key]: value } as AdapterConfig), 'ERR_INVALID_ARGUMENT', key)
    }
  })
