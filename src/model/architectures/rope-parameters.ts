// The rope settings of a config.json: base and scaling, under their names of any age.
import { Config } from '../config.js'
import type { Rope } from '../decoder-spec.js'
import { type RopeScaling, ropeFrequencies } from '../rope-frequencies.js'

export interface RopeKeys {
  /** The objects that say how to rotate, `rope_scaling` or `rope_parameters`; of each key, the first that has it counts. */
  readonly from: readonly Config[]
  /** Base of the frequencies where none of them has `rope_theta`. */
  readonly theta: number
  /** Tokens of the context before a `llama3` scaling, where none of them says. */
  readonly originalPositions: number
}

// Positions become f32 angles: from 2^24 on, two neighbours would be one.
export const positionRange = { min: 1, max: 2 ** 24 }
export const thetaRange = { min: 1, max: 1e18 }
const factorRange = { min: 1, max: 1e6 }
const turnsRange = { min: 1e-3, max: 1e6 }

const scalings = { default: 'default', linear: 'linear', llama3: 'llama3' } as const
const nothing = new Config({})

/** @throws XlingError `ERR_INVALID_CONFIG`, also for a scaling that xling does not have */
export function readRope(headDim: number, keys: RopeKeys): Rope {
  for (const source of keys.from) {
    refusePartialRotation(source)
    for (const layerType of ['full_attention', 'sliding_attention'])
      if (source.has(layerType)) source.refuse(layerType, 'left out: these are the settings of one rotation')
  }
  const theta = having(keys, 'rope_theta').number('rope_theta', { ...thetaRange, or: keys.theta })
  return { frequencies: ropeFrequencies(headDim, theta, readScaling(keys)), scale: 1 }
}

/** Heads are rotated as a whole: `partial_rotary_factor` may stand there, but only as 1. */
export function refusePartialRotation(config: Config): void {
  const key = 'partial_rotary_factor'
  if (config.number(key, { min: 0, max: 1, or: 1 }) !== 1) config.refuse(key, '1, as heads are rotated as a whole')
}

function readScaling(keys: RopeKeys): RopeScaling {
  const saying = keys.from.find(source => source.has('rope_type') || source.has('type')) ?? nothing
  const type = saying.choice(saying.has('rope_type') ? 'rope_type' : 'type', scalings, 'default')
  if (type === 'default') return { type }
  const factor = having(keys, 'factor').number('factor', factorRange)
  return type === 'linear' ? { type, factor } : { type, factor, ...readLlama3(keys) }
}

function readLlama3(keys: RopeKeys) {
  const lowFrequencyFactor = having(keys, 'low_freq_factor').number('low_freq_factor', turnsRange)
  const high = having(keys, 'high_freq_factor')
  const highFrequencyFactor = high.number('high_freq_factor', turnsRange)
  if (highFrequencyFactor <= lowFrequencyFactor)
    high.refuse('high_freq_factor', `above low_freq_factor, which is ${lowFrequencyFactor}`)
  const original = 'original_max_position_embeddings'
  const originalPositions = having(keys, original).integer(original, { ...positionRange, or: keys.originalPositions })
  return { lowFrequencyFactor, highFrequencyFactor, originalPositions }
}

// Where no object has the key, the first is the one to name as lacking it.
function having(keys: RopeKeys, key: string): Config {
  return keys.from.find(source => source.has(key)) ?? keys.from[0] ?? nothing
}
